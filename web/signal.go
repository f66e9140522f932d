package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web/api"
)

// Signal tells a saga something that one of its steps waits for, now or later.
func (s *Service) Signal(ctx context.Context, id domain.SagaID, name string, signal api.Signal) error {
	if s.Engine == nil {
		return readOnly("to signal a saga")
	}
	err := s.Engine.Signal(ctx, id, domain.Signal{Name: name, Payload: signal.Payload, Key: signal.Key})
	if refused := (*domain.RefusedError)(nil); errors.As(err, &refused) {
		return api.NewProblem(api.Refused, refused.Reason, "`skald status "+id.String()+"` shows where it stands")
	}
	if err != nil {
		return problemOf(err)
	}
	return nil
}

func (s *Server) signalSaga(w http.ResponseWriter, r *http.Request) error {
	id, err := sagaID(r)
	if err != nil {
		return err
	}
	var signal api.Signal
	if err := read(r, &signal); err != nil {
		return err
	}
	if header := r.Header.Get(KeyHeader); header != "" {
		if signal.Key != "" && signal.Key != header {
			return invalid("the key in the body and the header "+KeyHeader+" differ", "give one of them")
		}
		signal.Key = header
	}
	if err := s.config.Service.Signal(telemetry.WithSaga(r.Context(), id.String()), id, r.PathValue("name"), signal); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}
