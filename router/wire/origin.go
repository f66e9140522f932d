package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// The internal keys of a message's metadata. A field of an entry that has one of these names is ignored.
const (
	keyStream     = "skald_stream"
	keyEntryID    = "skald_entry_id"
	keyGroup      = "skald_group"
	keyDeliveries = "skald_deliveries"
)

func internal(key string) bool {
	switch key {
	case keyStream, keyEntryID, keyGroup, keyDeliveries:
		return true
	default:
		return false
	}
}

// Origin says where a message came from.
type Origin struct {
	Stream  string
	EntryID string // "<milliseconds>-<sequence>", as in Redis
	Group   string
	// Deliveries counts how often the group has been handed the entry, this time included; 0 when the broker does not
	// know.
	Deliveries int
}

// OriginOf is what the broker wrote with SetOrigin.
func OriginOf(m *message.Message) Origin {
	deliveries, _ := strconv.Atoi(m.Metadata[keyDeliveries])
	return Origin{
		Stream:     m.Metadata[keyStream],
		EntryID:    m.Metadata[keyEntryID],
		Group:      m.Metadata[keyGroup],
		Deliveries: deliveries,
	}
}

// SetOrigin is called by brokers on every message they deliver.
func SetOrigin(m *message.Message, o Origin) {
	m.Metadata[keyStream] = o.Stream
	m.Metadata[keyEntryID] = o.EntryID
	m.Metadata[keyGroup] = o.Group
	m.Metadata[keyDeliveries] = strconv.Itoa(o.Deliveries)
}

// CausationID names the entry among all streams: "<stream>/<entry id>".
func (o Origin) CausationID() string { return o.Stream + "/" + o.EntryID }

// Time is the moment that the entry's id carries, in UTC.
func (o Origin) Time() (time.Time, error) {
	text, _, _ := strings.Cut(o.EntryID, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 {
		return time.Time{}, fmt.Errorf("entry id %q carries no time (expected <milliseconds>-<sequence>)", o.EntryID)
	}
	return time.UnixMilli(ms).UTC(), nil
}
