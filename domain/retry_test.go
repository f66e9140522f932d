package domain_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

func share(value float64) *float64 { return &value }

func TestRetryDefaults(t *testing.T) {
	t.Parallel()
	second, minute := domain.Duration(time.Second), domain.Duration(time.Minute)
	for name, tt := range map[string]struct{ given, want domain.RetryPolicy }{
		"nothing given": {
			domain.RetryPolicy{},
			domain.RetryPolicy{Policy: domain.Exponential, First: second / 5, Max: 30 * second, Factor: 2, Jitter: share(0.2), Attempts: 3},
		},
		"everything given": {
			domain.RetryPolicy{Policy: domain.Exponential, First: second, Max: minute, Factor: 3, Jitter: share(0), Attempts: 7},
			domain.RetryPolicy{Policy: domain.Exponential, First: second, Max: minute, Factor: 3, Jitter: share(0), Attempts: 7},
		},
		"linear has no factor": {
			domain.RetryPolicy{Policy: domain.Linear},
			domain.RetryPolicy{Policy: domain.Linear, First: second / 5, Max: 30 * second, Jitter: share(0.2), Attempts: 3},
		},
		"a long first wait is not cut": {
			domain.RetryPolicy{First: minute},
			domain.RetryPolicy{Policy: domain.Exponential, First: minute, Max: minute, Factor: 2, Jitter: share(0.2), Attempts: 3},
		},
		"immediate fail has nothing else": {
			domain.RetryPolicy{Policy: domain.FailAtOnce, First: second, Factor: 2, Jitter: share(1), Attempts: 9},
			domain.RetryPolicy{Policy: domain.FailAtOnce, Attempts: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.given.WithDefaults()
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if again := got.WithDefaults(); !reflect.DeepEqual(again, got) {
				t.Errorf("defaults of defaults are %+v, want %+v", again, got)
			}
		})
	}
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	policy := func(p domain.Policy, jitter float64) domain.RetryPolicy {
		return domain.RetryPolicy{
			Policy: p, First: domain.Duration(time.Second), Max: domain.Duration(5 * time.Second), Jitter: &jitter, Attempts: 6,
		}.WithDefaults()
	}
	const none = time.Duration(-1)
	for name, tt := range map[string]struct {
		policy domain.RetryPolicy
		random float64
		want   []time.Duration // after attempt 1, 2, 3 …
	}{
		"exponential doubles up to max": {
			policy(domain.Exponential, 0), 0.9,
			[]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second, none, none},
		},
		"linear grows by first up to max": {
			policy(domain.Linear, 0), 0.9,
			[]time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second, none, none},
		},
		"immediate fail never waits": {policy(domain.FailAtOnce, 0), 0, []time.Duration{none, none}},
		"jitter only shortens": {
			policy(domain.Linear, 0.5), 0.5,
			[]time.Duration{750 * time.Millisecond, 1500 * time.Millisecond, 2250 * time.Millisecond},
		},
		"no jitter drawn, no wait shortened":          {policy(domain.Exponential, 1), 0, []time.Duration{time.Second, 2 * time.Second}},
		"whole microseconds":                          {policy(domain.Linear, 1), 1.0 / 3, []time.Duration{666666 * time.Microsecond}},
		"a policy without defaults makes one attempt": {domain.RetryPolicy{}, 0, []time.Duration{none}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, want := range tt.want {
				got, ok := tt.policy.Delay(i+1, tt.random)
				if ok != (want != none) || ok && got != want {
					t.Errorf("after attempt %d: got %v, %v; want %v", i+1, got, ok, want)
				}
			}
		})
	}
}

// Whatever a sound policy and whatever the randomness: no wait is negative, none is longer than max, and there are as
// many as attempts less one.
func TestRetryDelayStaysInBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := domain.RetryPolicy{
			Policy:   rapid.SampledFrom([]domain.Policy{domain.Exponential, domain.Linear, domain.FailAtOnce}).Draw(t, "policy"),
			First:    domain.Duration(rapid.Int64Range(1, int64(domain.MaxDuration)).Draw(t, "first")),
			Factor:   rapid.Float64Range(1, domain.MaxFactor).Draw(t, "factor"),
			Jitter:   share(rapid.Float64Range(0, 1).Draw(t, "jitter")),
			Attempts: rapid.IntRange(1, domain.MaxAttempts).Draw(t, "attempts"),
		}.WithDefaults()
		waits := 0
		for attempt := 1; attempt <= domain.MaxAttempts; attempt++ {
			wait, ok := p.Delay(attempt, rapid.Float64Range(0, 0.9999999).Draw(t, "random"))
			if !ok {
				break
			}
			waits++
			if wait < 0 || wait > time.Duration(p.Max) {
				t.Fatalf("wait %v after attempt %d lies outside 0 to %v", wait, attempt, p.Max)
			}
		}
		if waits != p.Attempts-1 {
			t.Fatalf("%d waits for %d attempts", waits, p.Attempts)
		}
	})
}
