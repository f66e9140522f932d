package web

import (
	"bytes"
	"context"
	"errors"

	"github.com/skald-go/skald/replay"
	"github.com/skald-go/skald/web/api"
)

// Recital recites a conversation from its histories alone, as text or JSON.
func (s *Service) Recital(ctx context.Context, correlationID string, q api.RecitalQuery) ([]byte, error) {
	recital, err := replay.Recite(ctx, s.Store, correlationID, replay.Options{ToVersion: q.ToVersion, At: q.At})
	if errors.Is(err, replay.ErrNoConversation) {
		return nil, noConversation(correlationID)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	write := recital.WriteText
	if q.Format == "json" {
		write = recital.WriteJSON
	}
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return nil, problemOf(err)
	}
	return text.Bytes(), nil
}
