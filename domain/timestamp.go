package domain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timestampText is Unix seconds with decimals; the exponent is for languages that print large floats so.
var timestampText = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,18})?([eE]\+?[0-9]{1,2})?$`)

// latestTimestamp is the end of the year 9999, where RFC 3339 ends.
const latestTimestamp = 253402300799

// formatTimestamp writes Unix seconds with as many decimals as the microseconds need; "" for the zero time.
func formatTimestamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	seconds, micros := at.Unix(), at.Nanosecond()/1000
	text := strconv.FormatInt(seconds, 10)
	if micros == 0 {
		return text
	}
	return text + "." + strings.TrimRight(fmt.Sprintf("%06d", micros), "0")
}

// parseTimestamp reads Unix seconds, decimals allowed; what is finer than a microsecond is cut off. The time is UTC.
func parseTimestamp(text string) (time.Time, error) {
	if !timestampText.MatchString(text) {
		return time.Time{}, fmt.Errorf("timestamp: %s is not a time; send Unix seconds, such as 1767225600.25", quoted(text))
	}
	if strings.ContainsAny(text, "eE") {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || number > latestTimestamp {
			return time.Time{}, errTooLate(text)
		}
		text = strconv.FormatFloat(number, 'f', 6, 64)
	}
	whole, decimals, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > latestTimestamp {
		return time.Time{}, errTooLate(text)
	}
	micros, err := strconv.ParseInt((decimals + "000000")[:6], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("timestamp: %s: %w", quoted(text), err)
	}
	return time.Unix(seconds, micros*1000).UTC(), nil
}

func errTooLate(text string) error {
	return fmt.Errorf("timestamp: %s lies behind the year 9999; send seconds, not milliseconds", quoted(text))
}
