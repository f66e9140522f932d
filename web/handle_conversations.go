package web

import (
	"net/http"

	"github.com/skald-go/skald/internal/telemetry"
)

func (s *Server) getConversation(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("correlation_id")
	all, err := s.config.Service.Conversation(telemetry.WithCorrelationID(r.Context(), id), id)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, all)
	return nil
}

func (s *Server) getRecital(w http.ResponseWriter, r *http.Request) error {
	q, err := recitalQuery(r)
	if err != nil {
		return err
	}
	id := r.PathValue("correlation_id")
	text, err := s.config.Service.Recital(telemetry.WithCorrelationID(r.Context(), id), id, q)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if q.Format == "json" {
		w.Header().Set("Content-Type", "application/json")
	}
	_, _ = w.Write(text)
	return nil
}
