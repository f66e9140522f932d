package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web/api"
)

// operateSaga answers 202 with the events that followed, or, with ?dry_run=true, 200 with those that would.
func (s *Server) operateSaga(w http.ResponseWriter, r *http.Request) error {
	verb := domain.Verb(r.PathValue("verb"))
	if !known(verb) {
		return api.NewProblem(api.NoRoute, fmt.Sprintf("there is no %s %s", r.Method, r.URL.Path), "docs/operations.md lists the operations")
	}
	id, err := sagaID(r)
	if err != nil {
		return err
	}
	dryRun, err := flagOf(r, "dry_run")
	if err != nil {
		return err
	}
	var by api.Operation
	if err := read(r, &by); err != nil {
		return err
	}
	answered, err := s.config.Service.Operate(telemetry.WithSaga(r.Context(), id.String()), id, verb, by, dryRun)
	if err != nil {
		return err
	}
	status := http.StatusAccepted
	if dryRun {
		status = http.StatusOK
	}
	answer(w, status, answered)
	return nil
}

// flagOf is a parameter that is true or false; without it, or without a value, it is false and true.
func flagOf(r *http.Request, name string) (bool, error) {
	query := r.URL.Query()
	if !query.Has(name) {
		return false, nil
	}
	text := query.Get(name)
	if text == "" {
		return true, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, invalid(name+"="+text+" is neither true nor false", "write "+name+"=true")
	}
	return value, nil
}
