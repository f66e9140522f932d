package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

// Statuses are what a list can be filtered by.
var Statuses = []domain.Status{domain.Running, domain.Compensating, domain.Completed, domain.Compensated, domain.Cancelled, domain.Stuck}

func sagaQuery(r *http.Request) (api.SagaQuery, error) {
	v := r.URL.Query()
	q := api.SagaQuery{
		Status:        domain.Status(v.Get("status")),
		Definition:    v.Get("definition"),
		CorrelationID: v.Get("correlation_id"),
		After:         v.Get("after"),
	}
	if q.Status != "" && !slices.Contains(Statuses, q.Status) {
		return q, invalid(fmt.Sprintf("status %q is unknown", q.Status), "use one of "+StatusNames())
	}
	switch text := v.Get("wait"); text {
	case "":
	case api.WaitLatest:
		q.Latest = true
	default:
		q.Wait = new(api.Position)
		if err := q.Wait.UnmarshalText([]byte(text)); err != nil {
			return q, invalid(err.Error(), "or wait=latest for all there is now")
		}
	}
	var err error
	q.Limit, err = queryLimit(r)
	return q, err
}

// StatusNames lists the statuses of a saga, for messages.
func StatusNames() string {
	names := make([]string, len(Statuses))
	for i, status := range Statuses {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}

func queryLimit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return api.DefaultLimit, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > api.MaxLimit {
		return 0, invalid(fmt.Sprintf("limit %q is not between 1 and %d", text, api.MaxLimit), "ask for the next page with what \"next\" names")
	}
	return limit, nil
}

func recitalQuery(r *http.Request) (q api.RecitalQuery, err error) {
	v := r.URL.Query()
	switch q.Format = v.Get("format"); q.Format {
	case "", "text", "json":
	default:
		return q, invalid(fmt.Sprintf("format %q is unknown", q.Format), "use text or json")
	}
	if text := v.Get("to_version"); text != "" {
		if q.ToVersion, err = strconv.ParseUint(text, 10, 64); err != nil || q.ToVersion == 0 {
			return q, invalid(fmt.Sprintf("to_version %q is not the version of an event", text), "versions are 1, 2, 3 …")
		}
	}
	if text := v.Get("at"); text != "" {
		if q.At, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return q, invalid(fmt.Sprintf("at %q is not a moment", text), "write it as 2026-01-31T12:00:00Z")
		}
	}
	return q, nil
}
