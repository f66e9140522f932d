package telemetry

import (
	"context"
	"log/slog"
)

// contextHandler adds what the context says (correlation id, saga id, step) to every line. A field that the line or its
// logger carries already is left as it is, so no name stands on a line twice.
type contextHandler struct {
	next  slog.Handler
	known map[string]bool // fields the logger carries by With, outside any group
	group bool            // inside a group: the context's fields would land in it, with another name
}

func newContextHandler(next slog.Handler) slog.Handler { return contextHandler{next: next} }

func (h contextHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h contextHandler) Handle(ctx context.Context, line slog.Record) error {
	attrs := scopeOf(ctx).attrs()
	if len(attrs) == 0 || h.group {
		return h.next.Handle(ctx, line)
	}
	onLine := make(map[string]bool, line.NumAttrs())
	line.Attrs(func(a slog.Attr) bool {
		onLine[a.Key] = true
		return true
	})
	line = line.Clone()
	for _, a := range attrs {
		if !onLine[a.Key] && !h.known[a.Key] {
			line.AddAttrs(a)
		}
	}
	return h.next.Handle(ctx, line)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	known := make(map[string]bool, len(h.known)+len(attrs))
	for name := range h.known {
		known[name] = true
	}
	for _, a := range attrs {
		known[a.Key] = true
	}
	return contextHandler{next: h.next.WithAttrs(attrs), known: known, group: h.group}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{next: h.next.WithGroup(name), known: h.known, group: h.group || name != ""}
}
