package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written as 1MiB, 64KiB or 512B.
type Size int64

func (s Size) String() string {
	switch {
	case s >= 1<<20 && s%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", s>>20)
	case s >= 1<<10 && s%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", s>>10)
	}
	return fmt.Sprintf("%dB", int64(s))
}

// ParseSize reads what String writes; a bare number is bytes. It must be positive.
func ParseSize(text string) (Size, error) {
	digits, unit := text, int64(1)
	for _, u := range [...]struct {
		suffix string
		bytes  int64
	}{{"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			digits, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 32)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not a size; write 1MiB, 64KiB or 512B", text)
	}
	return Size(n * unit), nil
}

// set reads text into the key's field, or says what a value must look like.
func (k Key) set(c *Config, text string) error {
	var err error
	switch field := k.field(c).(type) {
	case *string:
		*field = text
	case *int:
		if *field, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
	case *Size:
		if *field, err = ParseSize(text); err != nil {
			return err
		}
	case *time.Duration:
		if *field, err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("%q is not a duration; write 500ms, 30s or 5m", text)
		}
	}
	if k.check == nil {
		return nil
	}
	return k.check(text)
}

// get is the key's value as set reads it.
func (k Key) get(c *Config) string {
	switch field := k.field(c).(type) {
	case *string:
		return *field
	case *int:
		return strconv.Itoa(*field)
	case *Size:
		return field.String()
	case *time.Duration:
		return field.String()
	}
	panic("config: key " + k.Name + " has a field of a type that set and get do not know")
}

func oneOf(words ...string) func(string) error {
	return func(text string) error {
		if slices.Contains(words, text) {
			return nil
		}
		return fmt.Errorf("%q is not one of %s", text, strings.Join(words, ", "))
	}
}

func between(low, high int) func(string) error {
	return func(text string) error {
		if n, err := strconv.Atoi(text); err != nil || n < low || n > high {
			return fmt.Errorf("%q is not between %d and %d", text, low, high)
		}
		return nil
	}
}

func positive(text string) error {
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		return fmt.Errorf("%q must be longer than nothing", text)
	}
	return nil
}

func notNegative(text string) error {
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return fmt.Errorf("%q must not be negative", text)
	}
	return nil
}
