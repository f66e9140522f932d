package testenv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Scratch folders hold servers' data. Each test binary has one root, named by scratchPattern, and holds a lock on the file "lock" in it while it
// lives. A root whose lock can be taken was left by a binary that died, and is removed by the next.
const scratchPattern = "skald-testenv-*"

var scratch struct {
	sync.Mutex
	root string
	lock *os.File
}

// newScratch makes an empty folder for one server.
func newScratch(name string) (string, error) {
	scratch.Lock()
	defer scratch.Unlock()
	if err := openScratch(); err != nil {
		return "", err
	}
	return os.MkdirTemp(scratch.root, name+"-*")
}

// scratchLock is the path of the file that this binary holds locked while it lives.
func scratchLock() (string, error) {
	scratch.Lock()
	defer scratch.Unlock()
	if err := openScratch(); err != nil {
		return "", err
	}
	return filepath.Join(scratch.root, "lock"), nil
}

// openScratch makes this binary's root, once.
func openScratch() error {
	if scratch.root != "" {
		return nil
	}
	sweepScratch()
	root, lock, err := makeRoot()
	if err != nil {
		return fmt.Errorf("make a folder for servers' data: %w", err)
	}
	scratch.root, scratch.lock = root, lock
	return nil
}

// makeRoot makes a locked root. It gets its name only once it is locked, or another binary's sweep could take it.
func makeRoot() (string, *os.File, error) {
	unnamed, err := os.MkdirTemp("", "."+scratchPattern)
	if err != nil {
		return "", nil, err
	}
	lock, err := lockFile(filepath.Join(unnamed, "lock"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(unnamed))
	}
	root := filepath.Join(filepath.Dir(unnamed), strings.TrimPrefix(filepath.Base(unnamed), "."))
	// A server may run as another user, who must be able to pass through.
	if err := errors.Join(os.Chmod(unnamed, 0o711), os.Rename(unnamed, root)); err != nil {
		return "", nil, errors.Join(err, lock.Close(), os.RemoveAll(unnamed))
	}
	return root, lock, nil
}

// sweepScratch removes what dead binaries left. It is a kindness to the disk: what it cannot remove, another user's, stays.
func sweepScratch() {
	roots, _ := filepath.Glob(filepath.Join(os.TempDir(), scratchPattern))
	for _, root := range roots {
		// A folder without a lock file is not ours.
		if _, err := os.Stat(filepath.Join(root, "lock")); err != nil {
			continue
		}
		lock, err := lockFile(filepath.Join(root, "lock"))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(root)
		_ = lock.Close()
	}
}

// lockFile locks a file without waiting. The lock is the process's and ends with it.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func tryLock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// closeScratch removes this binary's folders.
func closeScratch() error {
	scratch.Lock()
	defer scratch.Unlock()
	if scratch.root == "" {
		return nil
	}
	err := errors.Join(os.RemoveAll(scratch.root), scratch.lock.Close())
	scratch.root, scratch.lock = "", nil
	return err
}
