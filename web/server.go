package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/skald-go/skald/internal/telemetry"
)

// Config is what a Server is made of. Service is required.
type Config struct {
	Service *Service
	Logger  *slog.Logger  // default: silence
	MaxBody int64         // bytes of a request's body, default 1 MiB
	Timeout time.Duration // of one request, default 30s
	// Ready tells what is not ready, by name; nil error values are ready. nil: always ready.
	Ready func(context.Context) map[string]error
}

// Server is the API behind HTTP.
type Server struct {
	config   Config
	http     *http.Server
	stopping context.Context // ends when the server begins to stop: requests that only wait are answered then
	stop     context.CancelFunc
}

// headerTimeout bounds how slowly a client may send the head of its request.
const headerTimeout = 5 * time.Second

// NewServer makes a server; Serve runs it.
func NewServer(c Config) *Server {
	if c.Logger == nil {
		c.Logger = telemetry.Discard()
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 1 << 20
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	s := &Server{config: c}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       c.Timeout,
		WriteTimeout:      c.Timeout + headerTimeout, // a request may use up its time and still be answered
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelWarn),
	}
	return s
}

// Serve answers on the listener until ctx ends. Requests under way may then finish within the deadline, those that wait
// for a saga are answered at once; what takes longer is cut off. The listener is closed. A server serves once.
func (s *Server) Serve(ctx context.Context, listener net.Listener, deadline time.Duration) error {
	defer s.stop()
	stopped := make(chan error, 1)
	unwatch := context.AfterFunc(ctx, func() {
		s.stop()
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), deadline)
		defer cancel()
		stopped <- s.http.Shutdown(limited)
	})
	err := s.http.Serve(listener)
	if !errors.Is(err, http.ErrServerClosed) {
		unwatch()
		return err
	}
	if err := <-stopped; err != nil {
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// waiting is the context of a request that only waits: it ends after the given time, with the request, or when the
// server begins to stop.
func (s *Server) waiting(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	forget := context.AfterFunc(s.stopping, cancel)
	return ctx, func() {
		forget()
		cancel()
	}
}
