package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// The internal keys of a message's metadata.
const (
	prefix        = "skald_"
	keyStream     = prefix + "stream"
	keyEntryID    = prefix + "entry_id"
	keyGroup      = prefix + "group"
	keyDeliveries = prefix + "deliveries"
)

func internal(key string) bool { return strings.HasPrefix(key, prefix) }

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
