package middleware_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/wire"
)

func TestEveryLogLineNamesConversationAndSaga(t *testing.T) {
	var text bytes.Buffer
	log, err := telemetry.NewLogger(&text, "text", "info")
	if err != nil {
		t.Fatal(err)
	}
	h := middleware.Correlation(func(m *message.Message) ([]*message.Message, error) {
		log.LogAttrs(m.Context(), slog.LevelWarn, "at work")
		return nil, nil
	})
	if _, err := h(incoming(1, "correlation_id", "c1", "saga_id", "s1")); err != nil {
		t.Fatal(err)
	}
	if line := text.String(); !strings.Contains(line, "c1") || !strings.Contains(line, "s1") {
		t.Errorf("line %q", line)
	}
}

func TestProducedMessagesInheritWhatTheyLack(t *testing.T) {
	own := wire.FromFields([]domain.Field{{Name: "correlation_id", Value: "own"}})
	bare := wire.FromFields(nil)
	h := middleware.Correlation(func(*message.Message) ([]*message.Message, error) {
		return []*message.Message{own, bare}, nil
	})
	if _, err := h(incoming(1, "correlation_id", "c1", "saga_id", "s1")); err != nil {
		t.Fatal(err)
	}
	if own.Metadata["correlation_id"] != "own" || own.Metadata["saga_id"] != "s1" ||
		bare.Metadata["correlation_id"] != "c1" || bare.Metadata["saga_id"] != "s1" {
		t.Errorf("own %v, bare %v", own.Metadata, bare.Metadata)
	}
}
