package middleware_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/middleware"
)

var passing = middleware.Transient(errors.New("the store is away"))

func TestAPassingErrorIsTriedAgainAtGrowingDistance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begun := time.Now()
		h := middleware.Retry{Random: func() float64 { return 0 }}.Middleware(func(*message.Message) ([]*message.Message, error) {
			at = append(at, time.Since(begun))
			return nil, passing
		})
		if _, err := h(incoming(1)); !errors.Is(err, passing) {
			t.Errorf("error %v", err)
		}
		want := []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond, 350 * time.Millisecond}
		if len(at) != len(want) {
			t.Fatalf("tried at %v", at)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("try %d at %s, want %s", i+1, at[i], want[i])
			}
		}
	})
}

func TestOnlyPassingErrorsAreTriedAgain(t *testing.T) {
	for _, err := range []error{errors.New("unknown"), middleware.Permanent(errors.New("never"))} {
		calls := 0
		if _, got := (middleware.Retry{}).Middleware(failing(&calls, err))(incoming(1)); !errors.Is(got, err) || calls != 1 {
			t.Errorf("%v: %d calls, %v", err, calls, got)
		}
	}
}

func TestSuccessEndsTheTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		if _, err := (middleware.Retry{}).Middleware(failing(&calls, passing, passing))(incoming(1)); err != nil || calls != 3 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestTheEndOfTheContextEndsTheTries(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := incoming(1)
	m.SetContext(ctx)
	calls := 0
	h := middleware.Retry{Policy: domain.RetryPolicy{First: domain.Duration(time.Hour), Max: domain.Duration(time.Hour)}}.
		Middleware(func(*message.Message) ([]*message.Message, error) {
			calls++
			cancel()
			return nil, passing
		})
	if _, err := h(m); !errors.Is(err, passing) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
