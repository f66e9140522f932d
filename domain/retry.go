package domain

import "time"

// RetryPolicy says how often a step is attempted and how long to wait in between.
type RetryPolicy struct {
	Policy   Policy   `json:"policy,omitempty"`   // "" means exponential
	First    Duration `json:"first,omitempty"`    // wait before the second attempt; 0 means 200ms
	Max      Duration `json:"max,omitempty"`      // longest wait; 0 means 30s
	Factor   float64  `json:"factor,omitempty"`   // exponential only: growth per attempt; 0 means 2
	Jitter   *float64 `json:"jitter,omitempty"`   // share of the wait that is random, 0 to 1; nil means 0.2
	Attempts int      `json:"attempts,omitempty"` // attempts in all, the first included; 0 means 3
}

// Policy names a rule for the waits between attempts.
type Policy string

// The retry policies.
const (
	Exponential Policy = "exponential"    // first, first*factor, first*factor^2 … up to max
	Linear      Policy = "linear"         // first, 2*first, 3*first … up to max
	FailAtOnce  Policy = "immediate_fail" // no second attempt
)

// Limits of a policy. MaxAttempts keeps a history readable: a step that has failed this often needs a person.
const MaxAttempts = 100

// WithDefaults is p with every field written out.
func (p RetryPolicy) WithDefaults() RetryPolicy {
	if p.Policy == "" {
		p.Policy = Exponential
	}
	if p.Policy == FailAtOnce {
		return RetryPolicy{Policy: FailAtOnce, Attempts: 1}
	}
	if p.First == 0 {
		p.First = Duration(200 * time.Millisecond)
	}
	if p.Max == 0 {
		p.Max = max(Duration(30*time.Second), p.First)
	}
	if p.Factor == 0 && p.Policy == Exponential {
		p.Factor = 2
	}
	if p.Jitter == nil {
		jitter := 0.2
		p.Jitter = &jitter
	}
	if p.Attempts == 0 {
		p.Attempts = 3
	}
	return p
}

// Delay is the wait after the given failed attempt (1 is the first). ok is false when there is no further attempt.
// random in [0,1) spreads the wait over its jittered share; it comes in with the input, so the same input always gives
// the same wait. It is in whole microseconds, like all times of a history. p must have its defaults.
func (p RetryPolicy) Delay(attempt int, random float64) (wait time.Duration, ok bool) {
	if p.Policy == FailAtOnce || attempt >= p.Attempts {
		return 0, false
	}
	base := float64(p.First)
	switch p.Policy {
	case Linear:
		base *= float64(attempt)
	default:
		for i := 1; i < attempt && base < float64(p.Max); i++ {
			base *= p.Factor
		}
	}
	base = min(base, float64(p.Max))
	jitter := 0.0
	if p.Jitter != nil {
		jitter = *p.Jitter
	}
	return time.Duration(base * (1 - jitter*random)).Truncate(time.Microsecond), true
}
