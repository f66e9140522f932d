package domain

import (
	"encoding/json"
	"regexp"
	"strconv"
)

// StartInput makes a saga's input of the unknown fields of a start entry that has no payload: an object with a member
// for each field, in their order. "true" and "false" become booleans. Text that is a JSON number becomes that number,
// digits kept, unless a float64 cannot hold it: an id of 20 digits, or one with leading zeros, stays text. Everything
// else is text.
func StartInput(extra []Field) json.RawMessage {
	input := []byte{'{'}
	for i, f := range extra {
		if i > 0 {
			input = append(input, ',')
		}
		input = appendString(input, f.Name)
		input = append(input, ':')
		if f.Value == "true" || f.Value == "false" || looksNumeric(f.Value) {
			input = append(input, f.Value...)
		} else {
			input = appendString(input, f.Value)
		}
	}
	return append(input, '}')
}

var (
	numberPattern   = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	digitsOfANumber = regexp.MustCompile(`^[^eE]*`)
)

// looksNumeric reports whether text is a number whose digits survive a float64, which holds any 15.
func looksNumeric(text string) bool {
	if !numberPattern.MatchString(text) {
		return false
	}
	digits := 0
	for _, c := range digitsOfANumber.FindString(text) {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && digits <= 15
}
