package web

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web/api"
)

// limited bounds the size and the time of a request.
func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.config.Timeout)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, s.config.MaxBody)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// fromHere refuses what a page in somebody's browser sends to this machine: a name that was made to point at loopback
// (DNS rebinding), and a write from a page of another origin.
func (s *Server) fromHere(next http.Handler) http.Handler {
	writes := http.NewCrossOriginProtection()
	writes.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, api.NewProblem(api.Refused, "a page of another origin may not act here", "use skald, or a program on this machine"))
	}))
	guarded := writes.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(hostOf(r.Host)) {
			fail(w, api.NewProblem(api.Refused, fmt.Sprintf("requests to the name %q are not answered", r.Host),
				"address the server as 127.0.0.1 or localhost (a proxy in front must set the Host header so)"))
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// hostOf is a Host header without its port and brackets.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

// recovered turns a panic into an error for the one request that met it.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
				s.config.Logger.ErrorContext(r.Context(), "a request met a fault of Skald", telemetry.FieldPath, r.URL.Path,
					telemetry.FieldError, fmt.Sprint(fault), "stack", string(debug.Stack()))
				fail(w, fmt.Errorf("a fault of Skald: %v", fault))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// logged writes a line for each request: an error of ours as such, the rest for those who debug.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		noted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noted, r)
		log := s.config.Logger.DebugContext
		if noted.status >= http.StatusInternalServerError {
			log = s.config.Logger.WarnContext
		}
		log(r.Context(), "request", telemetry.FieldMethod, r.Method, telemetry.FieldPath, r.URL.Path,
			telemetry.FieldStatus, noted.status, telemetry.FieldElapsed, time.Since(begun))
	})
}

// statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what is underneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
