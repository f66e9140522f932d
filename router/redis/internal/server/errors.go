package server

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrClosed is returned by calls on a broker, publisher or subscriber that was closed.
var ErrClosed = errors.New("redis broker is closed")

// GroupIsGone reports whether the server said that the stream or the group does not exist: at once, or while a read was
// waiting. Redis tells errors apart by their first word only.
func GroupIsGone(err error) bool {
	return hasCode(err, "NOGROUP") || hasCode(err, "UNBLOCKED")
}

// GroupExists reports whether a group could not be made because it is there.
func GroupExists(err error) bool { return hasCode(err, "BUSYGROUP") }

// IsNoStream reports whether the key holds something that is no stream: no repetition helps.
func IsNoStream(err error) bool { return hasCode(err, "WRONGTYPE") }

func hasCode(err error, code string) bool {
	var answer redis.Error
	return errors.As(err, &answer) && strings.HasPrefix(answer.Error(), code)
}
