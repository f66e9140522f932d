package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// MaxDuration is the longest time a definition may name: a year.
const MaxDuration = Duration(365 * 24 * time.Hour)

// durationText is the form of a duration in a document; definition.schema.json has the same. It is narrower than
// time.ParseDuration: no sign, no nanoseconds, a digit on both sides of the point.
var durationText = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(us|µs|ms|s|m|h))+$`)

var errDurationText = errors.New(`is not a duration; write a number and a unit (h, m, s, ms or us), such as "30s" or "1h30m"`)

// ParseDuration reads a duration as documents write it, such as "200ms", "30s" or "1h30m". The error's text follows
// the quoted text in a sentence. Whether the duration makes sense where it stands is Validate's business.
func ParseDuration(text string) (Duration, error) {
	if !durationText.MatchString(text) {
		return 0, errDurationText
	}
	d, err := time.ParseDuration(text)
	if err != nil { // what is left is overflow
		return 0, fmt.Errorf("is longer than %s; write a shorter one", MaxDuration)
	}
	return Duration(d), nil
}

// String is the duration as documents write it.
func (d Duration) String() string { return time.Duration(d).String() }

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Duration) UnmarshalJSON(document []byte) error {
	var text string
	if err := json.Unmarshal(document, &text); err != nil {
		return fmt.Errorf("duration %s %w", document, errDurationText)
	}
	parsed, err := ParseDuration(text)
	if err != nil {
		return fmt.Errorf("duration %q %w", text, err)
	}
	*d = parsed
	return nil
}
