package ledger

import (
	"encoding/json"
	"strings"
	"time"
)

// Entry is one effect that a participant had. Entries are never changed.
type Entry struct {
	Key    string          `json:"key"`              // the idempotency key it was asked for under
	Effect string          `json:"effect"`           // the event type of the command, such as "resources:allocate"
	Undoes string          `json:"undoes,omitempty"` // the key that stands under a tombstone from here on
	Output json.RawMessage `json:"output"`           // the answer, given again to every redelivery
	At     time.Time       `json:"at"`
}

// The last parts of an idempotency key.
const (
	action       = ":action"
	compensation = ":compensation"
)

// IsCompensation reports whether key asks for a step to be undone.
func IsCompensation(key string) bool { return strings.HasSuffix(key, compensation) }

// ActionOf is the key of the action that a compensation's key undoes. Any other key is returned as it is.
func ActionOf(key string) string {
	if step, ok := strings.CutSuffix(key, compensation); ok {
		return step + action
	}
	return key
}
