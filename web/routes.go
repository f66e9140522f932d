package web

import (
	"fmt"
	"net/http"

	"github.com/skald-go/skald/web/api"
)

// Handler is all routes with their limits, for a server or a test.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range s.routes() {
		mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.serve(w, r); err != nil {
				fail(w, err)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, api.NewProblem(api.NoRoute, fmt.Sprintf("there is no %s %s", r.Method, r.URL.Path), "docs/operations.md lists the paths"))
	})
	return s.logged(s.recovered(s.fromHere(s.limited(mux))))
}

type route struct {
	pattern string
	serve   func(http.ResponseWriter, *http.Request) error
}

// routes is every path there is.
func (s *Server) routes() []route {
	return []route{
		{"POST " + api.Prefix + "/sagas", s.startSaga},
		{"GET " + api.Prefix + "/sagas", s.listSagas},
		{"GET " + api.Prefix + "/sagas/{id}", s.getSaga},
		{"GET " + api.Prefix + "/sagas/{id}/history", s.getHistory},
		{"POST " + api.Prefix + "/sagas/{id}/{verb}", s.operateSaga},
		{"POST " + api.Prefix + "/sagas/{id}/signals/{name}", s.signalSaga},
		{"GET " + api.Prefix + "/conversations/{correlation_id}", s.getConversation},
		{"GET " + api.Prefix + "/conversations/{correlation_id}/recital", s.getRecital},
		{"GET " + api.Prefix + "/definitions", s.listDefinitions},
		{"GET " + api.Prefix + "/definitions/{name}", s.getDefinition},
		{"GET " + api.Prefix + "/definitions/{name}/{version}", s.getDefinition},
		{"PUT " + api.Prefix + "/definitions/{name}/{version}", s.putDefinition},
		{"GET " + api.Prefix + "/dead-letters", s.listDeadLetters},
		{"GET " + api.Prefix + "/dead-letters/{id}", s.getDeadLetter},
		{"POST " + api.Prefix + "/dead-letters/{id}/requeue", s.requeueDeadLetter},
		{"POST " + api.Prefix + "/dead-letters/{id}/discard", s.discardDeadLetter},
		{"GET " + api.Prefix + "/projections", s.listProjections},
		{"POST " + api.Prefix + "/projections/{name}/rebuild", s.rebuildProjection},
		{"GET " + api.Prefix + "/version", s.getVersion},
		{"GET /healthz", s.getHealth},
		{"GET /readyz", s.getReadiness},
	}
}
