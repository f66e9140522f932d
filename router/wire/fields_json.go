package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/skald-go/skald/domain"
)

// encodeFields writes fields as one JSON object, in their order.
func encodeFields(fields []domain.Field) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	write := func(s string) {
		_ = encoder.Encode(s) // a string into a buffer cannot fail
		text.Truncate(text.Len() - 1)
	}
	text.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			text.WriteByte(',')
		}
		write(f.Name)
		text.WriteByte(':')
		write(f.Value)
	}
	text.WriteByte('}')
	return text.String()
}

// decodeFields reads what encodeFields writes, in its order.
func decodeFields(text string) ([]domain.Field, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("expected a JSON object of strings")
	}
	var fields []domain.Field
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is not a string", name)
		}
		fields = append(fields, domain.Field{Name: name.(string), Value: text})
	}
	_, err := decoder.Token()
	return fields, err
}
