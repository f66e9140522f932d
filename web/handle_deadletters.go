package web

import (
	"context"
	"net/http"

	"github.com/skald-go/skald/web/api"
)

func (s *Server) listDeadLetters(w http.ResponseWriter, r *http.Request) error {
	limit, err := queryLimit(r)
	if err != nil {
		return err
	}
	page, err := s.config.Service.DeadLetters(r.Context(), r.URL.Query().Get("before"), limit)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, page)
	return nil
}

func (s *Server) getDeadLetter(w http.ResponseWriter, r *http.Request) error {
	letter, err := s.config.Service.DeadLetter(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, letter)
	return nil
}

func (s *Server) requeueDeadLetter(w http.ResponseWriter, r *http.Request) error {
	return resolveDeadLetter(w, r, s.config.Service.Requeue)
}

func (s *Server) discardDeadLetter(w http.ResponseWriter, r *http.Request) error {
	return resolveDeadLetter(w, r, s.config.Service.Discard)
}

func resolveDeadLetter(w http.ResponseWriter, r *http.Request, resolve func(context.Context, string, api.Resolve) error) error {
	var by api.Resolve
	if err := read(r, &by); err != nil {
		return err
	}
	if err := resolve(r.Context(), r.PathValue("id"), by); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
