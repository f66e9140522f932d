package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// What the router makes of payloads that passed CheckPayload can be longer and deeper than they are: a command holds the
// input and the outputs of other steps ({"results": {step: …}}), the saga's own last reply the outputs of all. These
// bounds are above anything it makes.
const (
	maxComposed      = 2 * (MaxSteps + 1) * MaxPayload
	maxComposedDepth = MaxPayloadDepth + 2
)

// CheckPayload says what is wrong with what comes in from outside, the payload of a reply or the input of a saga: it must
// be one JSON object in UTF-8, at most MaxPayload bytes long and MaxPayloadDepth deep, without NUL characters.
func CheckPayload(payload json.RawMessage) error {
	if err := checkBounds(payload, MaxPayload, MaxPayloadDepth); err != nil {
		return err
	}
	return checkForm(payload)
}

func checkBounds(payload json.RawMessage, longest, deepest int) error {
	if len(payload) > longest {
		return fmt.Errorf("payload: is %d bytes long; send at most %d, and the address of anything larger", len(payload), longest)
	}
	if depthOf(payload) > deepest {
		return fmt.Errorf("payload: is nested more than %d deep; flatten it", deepest)
	}
	return nil
}

func checkForm(payload json.RawMessage) error {
	if !utf8.Valid(payload) {
		return errors.New("payload: is not UTF-8; encode the JSON as UTF-8")
	}
	if err := checkJSON(payload); err != nil {
		return fmt.Errorf("payload: is not JSON (%w); send one JSON object", err)
	}
	if trimmed := bytes.TrimLeft(payload, " \t\r\n"); trimmed[0] != '{' {
		return errors.New(`payload: is JSON but not an object; send an object, such as {"result": 1}`)
	}
	if holdsNUL(payload) {
		// Postgres keeps no such text, so no projection could show it.
		return errors.New(`payload: holds the character \u0000; remove it`)
	}
	return nil
}

func checkJSON(text []byte) error {
	if json.Valid(text) {
		return nil
	}
	var value json.RawMessage
	return json.Unmarshal(text, &value) // for the reason
}

// depthOf is how deep the objects and lists of a JSON text stand within each other. For a text that is no JSON it is
// some number.
func depthOf(text []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// holdsNUL reports whether a valid JSON text has the escape \u0000. A backslash that is itself escaped starts none.
func holdsNUL(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		if bytes.HasPrefix(text[i:], []byte(`\u0000`)) {
			return true
		}
		text = text[i+2:] // valid JSON: something follows a backslash
	}
}
