package library

import (
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/wire"
)

// originKey is where a link puts the wire.Origin among an entry's values. No field of an entry can have this name with a
// value that is not text.
const originKey = "\x00skald origin"

// unmarshaller makes a message of whatever an entry holds. It never fails: an error here would end the library's
// subscription for good, so that one entry written by anybody would silence a stream. What the fields mean is judged by
// the handlers, and what they cannot read becomes a dead letter.
type unmarshaller struct{}

// Unmarshal implements redisstream.Unmarshaller.
func (unmarshaller) Unmarshal(values map[string]any) (*message.Message, error) {
	fields := make([]domain.Field, 0, len(values))
	var origin wire.Origin
	for name, value := range values {
		switch value := value.(type) {
		case string:
			fields = append(fields, domain.Field{Name: name, Value: value})
		case wire.Origin:
			origin = value
		default:
			fields = append(fields, domain.Field{Name: name, Value: fmt.Sprint(value)})
		}
	}
	m := wire.FromFields(fields)
	m.UUID = watermill.NewShortUUID()
	if origin.EntryID != "" {
		m.UUID = origin.CausationID()
	}
	wire.SetOrigin(m, origin)
	return m, nil
}
