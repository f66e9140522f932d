// Package middleware holds what every message of a router goes through on its way to a handler, one file each. The
// order, from the outside in:
//
//	Trace         continues the sender's trace
//	Correlation   names conversation and saga on every log line
//	DeadLetter    sets aside what can never be handled, with the reason
//	Retry         tries again, in place, what failed for a passing reason
//	Recoverer     makes an error of a panic
//
// Errors speak by their kind: Permanent becomes a dead letter at once; Transient is delivered again for as long as it
// takes; any other error, a panic included, is delivered again a few times and then becomes a dead letter.
//
// Watermill ships middlewares of the same names for two of these; both have faults that a saga cannot bear (its Retry
// doubles the wait twice, its PoisonQueue takes a shutdown for a failure).
package middleware
