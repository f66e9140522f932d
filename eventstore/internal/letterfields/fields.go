// Package letterfields writes what dead letters hold so that a SQL database keeps it. A dead letter is what could not be
// handled: it may hold bytes of any kind, and keeping it must never fail for what it says.
package letterfields

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/skald-go/skald/domain"
)

// field is a domain.Field as JSON. Bytes that are not UTF-8 stand in base64, so that they come back as they were.
type field struct {
	Name       string `json:"name,omitempty"`
	NameBytes  []byte `json:"name_base64,omitempty"`
	Value      string `json:"value"`
	ValueBytes []byte `json:"value_base64,omitempty"`
}

// Encode writes fields as a JSON array that names each and keeps their order.
func Encode(fields []domain.Field) []byte {
	out := make([]field, len(fields))
	for i, f := range fields {
		out[i].Name, out[i].NameBytes = split(f.Name)
		out[i].Value, out[i].ValueBytes = split(f.Value)
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings and bytes always marshal
	}
	return text
}

func split(text string) (string, []byte) {
	if utf8.ValidString(text) {
		return text, nil
	}
	return "", []byte(text)
}

// Decode reads what Encode wrote.
func Decode(text []byte) ([]domain.Field, error) {
	var in []field
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("fields of a dead letter: %w", err)
	}
	if len(in) == 0 {
		return nil, nil
	}
	fields := make([]domain.Field, len(in))
	for i, f := range in {
		fields[i] = domain.Field{Name: f.Name + string(f.NameBytes), Value: f.Value + string(f.ValueBytes)}
	}
	return fields, nil
}

// Text is text as every database takes it: what is not UTF-8, and NUL, become U+FFFD.
func Text(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
