package web

import (
	"context"
	"net/http"
	"time"

	"github.com/skald-go/skald/web/api"
)

func (s *Server) listProjections(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Service.Projections(r.Context())
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, all)
	return nil
}

func (s *Server) rebuildProjection(w http.ResponseWriter, r *http.Request) error {
	if err := s.config.Service.Rebuild(r.Context(), r.PathValue("name")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) getVersion(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, Build())
	return nil
}

// getHealth says that the process is alive; it asks nobody else.
func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	answer(w, http.StatusOK, api.Health{Status: "ok"})
	return nil
}

// readyLimit bounds the checks of readiness: a probe wants an answer, not the truth of later.
const readyLimit = 2 * time.Second

// getReadiness says whether store and broker answer and everything runs.
func (s *Server) getReadiness(w http.ResponseWriter, r *http.Request) error {
	health, status := api.Health{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	if s.config.Ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), readyLimit)
		defer cancel()
		for name, err := range s.config.Ready(ctx) {
			health.Checks[name] = "ok"
			if err != nil {
				health.Checks[name] = err.Error()
				health.Status, status = "unavailable", http.StatusServiceUnavailable
			}
		}
	}
	answer(w, status, health)
	return nil
}
