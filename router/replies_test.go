package router_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/router/inproc"
)

func reply(t *testing.T, b router.Broker, status domain.ReplyStatus, request string) {
	t.Helper()
	err := b.Publish(context.Background(), []domain.Envelope{{
		Stream: "replies", CorrelationID: "c1", EventType: "test:do", Status: status, RequestID: request,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadRepliesEndsWithTheLastReply(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	for _, status := range []domain.ReplyStatus{domain.ReplyStart, domain.ReplyProgress, domain.ReplyCompleted, domain.ReplyStart} {
		reply(t, b, status, "r")
	}
	var got []domain.ReplyStatus
	for r, err := range router.ReadReplies(context.Background(), b, "replies", router.ReadOptions{Timeout: patience}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Status)
	}
	if len(got) != 3 || got[2] != domain.ReplyCompleted {
		t.Errorf("got %v", got)
	}
}

func TestReadRepliesPicksWhatIsMeant(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	reply(t, b, domain.ReplyFailed, "other")
	reply(t, b, domain.ReplyFailed, "mine")
	options := router.ReadOptions{Timeout: patience, Match: func(e domain.Envelope) bool { return e.RequestID == "mine" }}
	count := 0
	for r, err := range router.ReadReplies(context.Background(), b, "replies", options) {
		if count++; err != nil || r.RequestID != "mine" {
			t.Errorf("got %+v, %v", r, err)
		}
	}
	if count != 1 {
		t.Errorf("%d replies", count)
	}
}

func TestReadRepliesGoesOnAfterAnEntryThatIsNoReply(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	reply(t, b, "", "r")
	reply(t, b, domain.ReplyCompleted, "r")
	var refused *domain.RefusedError
	var errs, replies int
	for _, err := range router.ReadReplies(context.Background(), b, "replies", router.ReadOptions{Timeout: patience}) {
		if err == nil {
			replies++
		} else if errs++; !errors.As(err, &refused) {
			t.Errorf("error %v", err)
		}
	}
	if errs != 1 || replies != 1 {
		t.Errorf("%d errors, %d replies", errs, replies)
	}
}

func TestReadRepliesEndsAtTheDeadline(t *testing.T) {
	b := inproc.New(inproc.Options{})
	defer func() { _ = b.Close() }()
	var last error
	for _, err := range router.ReadReplies(context.Background(), b, "replies", router.ReadOptions{Timeout: time.Millisecond}) {
		last = err
	}
	if !errors.Is(last, context.DeadlineExceeded) {
		t.Errorf("error %v", last)
	}
}

// awayBroker is a broker that cannot be reached for a number of tries.
type awayBroker struct {
	*inproc.Broker
	tries, fails int
}

var errAway = errors.New("connection refused")

func (b *awayBroker) Subscriber(group string, options ...router.SubscriberOption) (message.Subscriber, error) {
	if b.tries++; b.tries <= b.fails {
		return nil, errAway
	}
	return b.Broker.Subscriber(group, options...)
}

func TestReadRepliesFollowsItsRetryPolicy(t *testing.T) {
	short := domain.Duration(time.Millisecond)
	cases := []struct {
		name  string
		retry domain.RetryPolicy
		fails int
		tries int
		ok    bool
	}{
		{"exponential", domain.RetryPolicy{Policy: domain.Exponential, First: short, Attempts: 4}, 3, 4, true},
		{"linear", domain.RetryPolicy{Policy: domain.Linear, First: short, Attempts: 4}, 3, 4, true},
		{"used up", domain.RetryPolicy{Policy: domain.Linear, First: short, Attempts: 3}, 3, 3, false},
		{"immediate fail", domain.RetryPolicy{Policy: domain.FailAtOnce}, 1, 1, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := &awayBroker{Broker: inproc.New(inproc.Options{}), fails: c.fails}
			defer func() { _ = b.Close() }()
			reply(t, b, domain.ReplyCompleted, "r")
			var last error
			for _, err := range router.ReadReplies(context.Background(), b, "replies", router.ReadOptions{Timeout: patience, Retry: c.retry}) {
				last = err
			}
			if b.tries != c.tries || c.ok != (last == nil) || !c.ok && !errors.Is(last, errAway) {
				t.Errorf("%d tries, error %v", b.tries, last)
			}
		})
	}
}
