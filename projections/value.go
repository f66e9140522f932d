package projections

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// moment reads a time as either dialect stores it; NULL is the zero time.
type moment struct{ time.Time }

func (m *moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		m.Time = time.Time{}
		return nil
	case time.Time:
		m.Time = v.UTC()
		return nil
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return fmt.Errorf("read a time: %w", err)
		}
		m.Time = t.UTC()
		return nil
	default:
		return fmt.Errorf("read a time: a %T is none", value)
	}
}

// document reads JSON as either dialect stores it; NULL is nil.
type document struct{ json.RawMessage }

func (d *document) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		d.RawMessage = nil
	case []byte:
		d.RawMessage = append(json.RawMessage(nil), v...)
	case string:
		d.RawMessage = json.RawMessage(v)
	default:
		return fmt.Errorf("read JSON: a %T is none", value)
	}
	return nil
}

var _ driver.Valuer = optional("")

// optional is text that is NULL when it is empty.
type optional string

// Value is the text, or NULL.
func (o optional) Value() (driver.Value, error) {
	if o == "" {
		return nil, nil
	}
	return string(o), nil
}

// plainText is text that both databases can hold: Postgres refuses the NUL character and what is not UTF-8, and text of
// participants must never stop a projection.
func plainText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
