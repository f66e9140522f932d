package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a Redis that a broker works with.
type Server struct {
	Client    *redis.Client // for everything but waiting reads
	Outage    *Outage
	Consumers *Consumers
	Log       *slog.Logger

	settings *redis.Options
}

// New is the server behind a client that was made with the settings. consumer is what the process's consumers are
// called, before their number.
func New(client *redis.Client, settings *redis.Options, consumer string, log *slog.Logger) *Server {
	return &Server{
		Client:    client,
		Outage:    &Outage{log: log},
		Consumers: &Consumers{prefix: consumer, taken: map[Source]map[int]struct{}{}},
		Log:       log,
		settings:  settings,
	}
}

// Source is a group of a stream.
type Source struct{ Stream, Group string }

// MakeGroup makes the group, and the stream with it, unless it is there; made tells which. It begins with the stream's
// first entry.
func (s *Server) MakeGroup(ctx context.Context, at Source) (made bool, err error) {
	err = s.Client.XGroupCreateMkStream(ctx, at.Stream, at.Group, "0").Err()
	if GroupExists(err) {
		return false, nil
	}
	return err == nil, err
}

// Reader is a client of one connection, for reads that wait up to the given time on the server.
type Reader struct {
	*redis.Client
	id atomic.Int64 // of the connection, as the server counts; 0 when it did not say
}

// NewReader makes a reader; it connects at its first read.
func (s *Server) NewReader(wait time.Duration) *Reader {
	r := &Reader{}
	settings := *s.settings
	settings.PoolSize, settings.MinIdleConns, settings.MaxIdleConns = 1, 0, 0
	settings.MaxRetries = -1 // a read that was answered and not received must not be sent again at once
	settings.Protocol = 2    // what is read is lists, not maps
	if settings.ReadTimeout >= 0 {
		if settings.ReadTimeout == 0 {
			settings.ReadTimeout = 3 * time.Second
		}
		settings.ReadTimeout += wait
	}
	settings.OnConnect = func(ctx context.Context, c *redis.Conn) error {
		id, err := c.ClientID(ctx).Result()
		if err != nil {
			id = 0 // a server that does not tell is waited for; see Interrupt
		}
		r.id.Store(id)
		return nil
	}
	r.Client = redis.NewClient(&settings)
	return r
}

// interruptLimit is how long a reader is asked to return before its connection is cut.
const interruptLimit = time.Second

// Interrupt makes the read under way return, and waits until its goroutine has closed returned. It asks the server, so
// that no answer is lost on the way; one that does not react has the connection cut.
func (s *Server) Interrupt(r *Reader, returned <-chan struct{}) {
	const pace = 20 * time.Millisecond
	impatient := s.Client.WithTimeout(interruptLimit / 5)
	ctx, cancel := context.WithTimeout(context.Background(), interruptLimit)
	defer cancel()
	again := time.NewTimer(0)
	defer again.Stop()
	limit := time.NewTimer(interruptLimit)
	defer limit.Stop()
	for {
		select {
		case <-returned:
			return
		case <-limit.C:
			_ = r.Close()
			<-returned
			return
		case <-again.C:
			// More than once: the read may not have reached the server yet.
			if id := r.id.Load(); id != 0 {
				_ = impatient.ClientUnblock(ctx, id).Err()
			}
			again.Reset(pace)
		}
	}
}
