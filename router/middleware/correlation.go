package middleware

import (
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
)

// Correlation puts the message's correlation id and saga id into its context, from where the logger writes them on
// every line, and onto the messages that the handler produces, where they carry none.
func Correlation(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) ([]*message.Message, error) {
		correlationID, sagaID := m.Metadata[domain.FieldCorrelationID], m.Metadata[domain.FieldSagaID]
		ctx := m.Context()
		if correlationID != "" {
			ctx = telemetry.WithCorrelationID(ctx, correlationID)
		}
		if sagaID != "" {
			ctx = telemetry.WithSaga(ctx, sagaID)
		}
		m.SetContext(ctx)

		produced, err := next(m)
		for _, p := range produced {
			inherit(p, domain.FieldCorrelationID, correlationID)
			inherit(p, domain.FieldSagaID, sagaID)
		}
		return produced, err
	}
}

func inherit(m *message.Message, field, value string) {
	if value != "" && m.Metadata[field] == "" {
		m.Metadata[field] = value
	}
}
