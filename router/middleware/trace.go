package middleware

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/wire"
)

// scopeName names this code as the source of spans.
const scopeName = "github.com/skald-go/skald/router"

// traceContext is the W3C format, whatever the process has set globally: the protocol names the field traceparent.
var traceContext = propagation.TraceContext{}

// Trace continues the trace that the message's traceparent belongs to, with one span for the handler's work. provider
// nil means the global one, which does nothing until the process installs an SDK; the incoming traceparent is then
// passed on as it is.
func Trace(provider trace.TracerProvider) message.HandlerMiddleware {
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	tracer := provider.Tracer(scopeName)
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			ctx := traceContext.Extract(m.Context(), propagation.MapCarrier(m.Metadata))
			origin := wire.OriginOf(m)
			ctx, span := tracer.Start(ctx, "process "+origin.Stream,
				trace.WithSpanKind(trace.SpanKindConsumer),
				trace.WithAttributes(
					attribute.String("messaging.operation.type", "process"),
					attribute.String("messaging.destination.name", origin.Stream),
					attribute.String("messaging.consumer.group.name", origin.Group),
					attribute.String("messaging.message.id", origin.EntryID),
					attribute.String("messaging.message.conversation_id", m.Metadata[domain.FieldCorrelationID]),
					attribute.String("skald.saga_id", m.Metadata[domain.FieldSagaID]),
					attribute.String("skald.event_type", m.Metadata[domain.FieldEventType]),
				))
			defer span.End()
			m.SetContext(ctx)

			produced, err := next(m)
			if err != nil {
				span.RecordError(err)
				span.SetStatus(codes.Error, err.Error())
			}
			for _, p := range produced {
				if p.Metadata[domain.FieldTraceParent] == "" {
					traceContext.Inject(ctx, propagation.MapCarrier(p.Metadata))
				}
			}
			return produced, err
		}
	}
}

// TraceParent is the traceparent of the span that ctx carries; "" when there is none. It is what a message sent on
// behalf of ctx carries.
func TraceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	traceContext.Inject(ctx, carrier)
	return carrier[domain.FieldTraceParent]
}
