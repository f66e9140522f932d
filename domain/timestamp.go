package domain

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// latestTimestamp is the end of the year 9999, where RFC 3339 ends.
const latestTimestamp = 253402300799

// formatTimestamp writes Unix seconds with as many decimals as the microseconds need; "" for the zero time.
func formatTimestamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	text := strconv.FormatInt(at.Unix(), 10)
	micros := at.Nanosecond() / 1000
	if micros == 0 {
		return text
	}
	return text + "." + strings.TrimRight(strconv.Itoa(1_000_000 + micros)[1:], "0")
}

// parseTimestamp reads Unix seconds, decimals allowed; what is finer than a microsecond is cut off. The time is UTC. An
// exponent is read too, for the languages that print large floats so.
func parseTimestamp(text string) (time.Time, error) {
	plain, err := withoutExponent(text)
	if err != nil {
		return time.Time{}, err
	}
	whole, decimals, pointed := strings.Cut(plain, ".")
	if !isDigits(whole) || pointed && !isDigits(decimals) {
		return time.Time{}, errNoTimestamp(text)
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > latestTimestamp { // the error can only be overflow
		return time.Time{}, errTooLate(text)
	}
	micros := int64(0)
	for i := range 6 {
		micros *= 10
		if i < len(decimals) {
			micros += int64(decimals[i] - '0')
		}
	}
	return time.Unix(seconds, micros*1000).UTC(), nil
}

// withoutExponent is the number with its digits written out.
func withoutExponent(text string) (string, error) {
	mantissa, exponent, found := strings.Cut(strings.ToLower(text), "e")
	if !found {
		return text, nil
	}
	whole, decimals, pointed := strings.Cut(mantissa, ".")
	if !isDigits(whole) || pointed && !isDigits(decimals) || !isDigits(strings.TrimPrefix(exponent, "+")) {
		return "", errNoTimestamp(text)
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number > latestTimestamp {
		return "", errTooLate(text)
	}
	return strconv.FormatFloat(number, 'f', 6, 64), nil
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

func errNoTimestamp(text string) error {
	return fmt.Errorf("timestamp: %s is not a time; send Unix seconds, such as 1767225600.25", quoted(text))
}

func errTooLate(text string) error {
	return fmt.Errorf("timestamp: %s lies behind the year 9999; send seconds, not milliseconds", quoted(text))
}
