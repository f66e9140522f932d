package middleware

import (
	"fmt"
	"runtime/debug"

	"github.com/ThreeDotsLabs/watermill/message"
)

// PanicError is a handler's panic.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Recoverer returns a handler's panic as a *PanicError, so that one message cannot take the process down.
func Recoverer(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) (produced []*message.Message, err error) {
		defer func() {
			if value := recover(); value != nil {
				produced, err = nil, &PanicError{Value: value, Stack: string(debug.Stack())}
			}
		}()
		return next(m)
	}
}
