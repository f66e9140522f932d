// Package telemetry is the one place that says how Skald logs: the names of the fields (fields.go), the form of the
// lines, and what every line carries. A line logged under a context of WithCorrelationID, WithSaga or WithStep names
// them without the caller's doing.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The forms of a log line.
const (
	Text = "text" // key=value, for eyes
	JSON = "json" // one object a line, for machines
)

// NewLogger logs to w in the given form ("" is Text) from the given level on (debug, info, warn, error; "" is info).
func NewLogger(w io.Writer, form, level string) (*slog.Logger, error) {
	least, err := ParseLevel(level)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: least}
	switch form {
	case Text, "":
		return slog.New(newContextHandler(slog.NewTextHandler(w, options))), nil
	case JSON:
		return slog.New(newContextHandler(slog.NewJSONHandler(w, options))), nil
	}
	return nil, fmt.Errorf("log format %q is unknown; use %s or %s", form, Text, JSON)
}

// ParseLevel reads debug, info, warn or error, in any case; "" is info.
func ParseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info", "":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("log level %q is unknown; use debug, info, warn or error", text)
}

// Discard is a logger that says nothing.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
