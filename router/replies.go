package router

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/middleware"
)

// ReadOptions tune ReadReplies. The zero value of each field means its default.
type ReadOptions struct {
	// Group is the consumer group. Readers with the same group share the replies; a later one goes on where an earlier
	// one stopped. Default "skald_reply_readers".
	Group string
	// Match picks the replies that are meant, on a stream that several sagas answer to; the others are acknowledged and
	// skipped. Default: all.
	Match func(domain.Envelope) bool
	// Timeout ends the wait; 0 leaves it to the context.
	Timeout time.Duration
	// Retry says what happens when the broker cannot be reached: domain.Exponential (the default) or domain.Linear try
	// again, up to Attempts in a row, domain.FailAtOnce does not. A reply, or an answer of the broker, starts the count anew.
	Retry domain.RetryPolicy
}

// pingInterval is how long ReadReplies waits in silence before it asks whether the broker is there at all.
const pingInterval = time.Second

func (o ReadOptions) withDefaults() ReadOptions {
	if o.Group == "" {
		o.Group = "skald_reply_readers"
	}
	if o.Match == nil {
		o.Match = func(domain.Envelope) bool { return true }
	}
	if o.Retry == (domain.RetryPolicy{}) {
		o.Retry.Attempts = 8
	}
	o.Retry = o.Retry.WithDefaults()
	return o
}

// ReadReplies reads a reply stream from outside a saga: it yields start, progress …, and ends after completed or failed.
// It creates the stream and the group when they are missing and begins with the oldest reply there is, so it may be
// called before or after the command was sent. It blocks while there is nothing to read.
//
//	for reply, err := range router.ReadReplies(ctx, broker, "mission:replies:c1", router.ReadOptions{Timeout: time.Minute}) {
//		if err != nil { return err }
//		…
//	}
//
// A reply is acknowledged when the loop's body is done with it. An entry that is not a reply is yielded as a
// *domain.RefusedError, and reading goes on if the loop does. Every other error is the last thing yielded: the
// deadline (it wraps context.DeadlineExceeded), or a broker that could not be reached for all attempts of the policy.
func ReadReplies(ctx context.Context, broker Broker, stream string, options ReadOptions) iter.Seq2[domain.Envelope, error] {
	return func(yield func(domain.Envelope, error) bool) {
		r := replyReader{broker: broker, stream: stream, options: options.withDefaults(), yield: yield}
		if r.options.Timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, r.options.Timeout)
			defer cancel()
		}
		if err := r.run(ctx); err != nil {
			yield(domain.Envelope{}, err)
		}
	}
}

// replyReader is one call of ReadReplies.
type replyReader struct {
	broker   Broker
	stream   string
	options  ReadOptions
	yield    func(domain.Envelope, error) bool
	failures int // of the broker, in a row
}

// errRead ends reading without an error to yield.
var errRead = errors.New("read to the end")

func (r *replyReader) run(ctx context.Context) error {
	for {
		err := r.read(ctx)
		switch {
		case errors.Is(err, errRead):
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("no completed or failed on %s: %w", r.stream, ctx.Err())
		}
		if err := r.pause(ctx, err); err != nil {
			return err
		}
	}
}

// pause waits as the policy says after the broker failed with cause; its error ends the reading.
func (r *replyReader) pause(ctx context.Context, cause error) error {
	r.failures++
	wait, again := r.options.Retry.Delay(r.failures, rand.Float64())
	if !again {
		return fmt.Errorf("read %s: given up after %d tries: %w", r.stream, r.failures, cause)
	}
	if !middleware.Sleep(ctx, wait) {
		return fmt.Errorf("no completed or failed on %s: %w (the broker's last error: %w)", r.stream, ctx.Err(), cause)
	}
	return nil
}

// read subscribes and yields until the last reply; any error but errRead is the broker's.
func (r *replyReader) read(ctx context.Context) (err error) {
	subscriber, err := r.broker.Subscriber(r.options.Group, InFlight(1), Keep())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, subscriber.Close()) }()
	messages, err := subscriber.Subscribe(ctx, r.stream)
	if err != nil {
		return err
	}
	silence := time.NewTicker(pingInterval)
	defer silence.Stop()
	for {
		select {
		case m, open := <-messages:
			if !open {
				return errors.New("the subscription ended by itself")
			}
			r.failures = 0
			more := r.take(m)
			m.Ack()
			if !more {
				return errRead
			}
			silence.Reset(pingInterval)
		case <-silence.C:
			if err := r.broker.Ping(ctx); err != nil {
				return err
			}
			r.failures = 0
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take yields one reply; false when it was the last one, or nobody listens any more.
func (r *replyReader) take(m *message.Message) (more bool) {
	reply, err := EnvelopeOf(m)
	if err == nil && reply.Status == "" {
		err = &domain.RefusedError{Reason: "entry " + OriginOf(m).EntryID + " of " + r.stream + " has no status, so it is no reply"}
	}
	switch {
	case err != nil:
		return r.yield(domain.Envelope{}, err)
	case !r.options.Match(reply):
		return true
	case !r.yield(reply, nil):
		return false
	default:
		return reply.Status != domain.ReplyCompleted && reply.Status != domain.ReplyFailed
	}
}
