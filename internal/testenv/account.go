package testenv

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is another user, as whom a server runs.
type account struct {
	name     string
	uid, gid int
}

// unprivileged is nil, the user who runs the tests, unless that is root: then it is the user postgres, else nobody.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		return &account{name: name, uid: uid, gid: gid}, errors.Join(errUID, errGID)
	}
	return nil, fmt.Errorf("%w: Postgres does not run as root, and there is no user postgres or nobody", errUnavailable)
}

// own makes the account the owner of a file or folder; the nil account owns it already.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}
