package participant

import "errors"

// Error is a failure with a code that the saga's history keeps beside its text.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Message }

// Fail is a failure with a code, answered as retryable. Wrap it with Permanent when trying again is pointless.
func Fail(code, message string) error { return &Error{Code: code, Message: message} }

// permanentError marks a failure that trying again will not change.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// Permanent marks err: the command is answered as failed and not retryable. nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err: err}
}

func retryable(err error) bool {
	var permanent *permanentError
	return !errors.As(err, &permanent)
}

func codeOf(err error) string {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return ""
}
