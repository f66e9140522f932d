package middleware_test

import (
	"context"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.uber.org/goleak"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// incoming is a message as a broker delivers it.
func incoming(delivery int, fields ...string) *message.Message {
	var list []domain.Field
	for i := 0; i < len(fields); i += 2 {
		list = append(list, domain.Field{Name: fields[i], Value: fields[i+1]})
	}
	m := wire.FromFields(list)
	m.SetContext(context.Background())
	wire.SetOrigin(m, wire.Origin{Stream: "s", EntryID: "1700000000000-0", Group: "g", Deliveries: delivery})
	return m
}

// failing is a handler that fails with each of the errors in turn, then succeeds, and counts its calls.
func failing(calls *int, errs ...error) message.HandlerFunc {
	return func(*message.Message) ([]*message.Message, error) {
		*calls++
		if *calls <= len(errs) {
			return nil, errs[*calls-1]
		}
		return nil, nil
	}
}
