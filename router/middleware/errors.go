package middleware

import (
	"context"
	"errors"

	"github.com/skald-go/skald/eventstore"
)

// PermanentError marks a message that no redelivery will make acceptable: it becomes a dead letter at once, with the
// error's text as the reason.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent marks err as permanent; nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &PermanentError{Err: err}
}

// TransientError marks a failure that is nobody's fault and passes: the message is delivered again for as long as it
// takes, and never becomes a dead letter.
type TransientError struct{ Err error }

func (e *TransientError) Error() string { return e.Err.Error() }
func (e *TransientError) Unwrap() error { return e.Err }

// Transient marks err as transient; nil stays nil.
func Transient(err error) error {
	if err == nil {
		return nil
	}
	return &TransientError{Err: err}
}

// IsPermanent reports whether err was marked by Permanent.
func IsPermanent(err error) bool {
	var permanent *PermanentError
	return errors.As(err, &permanent)
}

// IsTransient reports whether err passes with time: it was marked by Transient, the store is out of reach, or a context
// ended (which is how a shutdown looks from inside a handler).
func IsTransient(err error) bool {
	var transient *TransientError
	return errors.As(err, &transient) ||
		errors.Is(err, eventstore.ErrUnavailable) ||
		errors.Is(err, eventstore.ErrAmbiguous) ||
		errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded)
}
