package telemetry

import (
	"context"
	"log/slog"
)

// scope is what the lines logged under a context have in common. It is immutable: each With… makes a new one.
type scope struct{ correlationID, sagaID, step string }

type scopeKey struct{}

func scopeOf(ctx context.Context) scope {
	s, _ := ctx.Value(scopeKey{}).(scope)
	return s
}

// WithCorrelationID makes every line logged under the context name the conversation.
func WithCorrelationID(ctx context.Context, correlationID string) context.Context {
	s := scopeOf(ctx)
	s.correlationID = correlationID
	return context.WithValue(ctx, scopeKey{}, s)
}

// WithSaga makes every line logged under the context name the saga.
func WithSaga(ctx context.Context, sagaID string) context.Context {
	s := scopeOf(ctx)
	s.sagaID = sagaID
	return context.WithValue(ctx, scopeKey{}, s)
}

// WithStep makes every line logged under the context name the step.
func WithStep(ctx context.Context, step string) context.Context {
	s := scopeOf(ctx)
	s.step = step
	return context.WithValue(ctx, scopeKey{}, s)
}

// attrs are the fields of the scope that are set.
func (s scope) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 3)
	for _, field := range [...]struct{ name, value string }{
		{FieldCorrelationID, s.correlationID},
		{FieldSagaID, s.sagaID},
		{FieldStep, s.step},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	return attrs
}
