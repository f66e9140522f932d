package engine

import (
	"errors"

	"github.com/skald-go/skald/domain"
)

// Errors that callers branch on, beside *domain.RefusedError and those of the event store.
//
// A *domain.RefusedError and ErrNoSaga are permanent: the same input will meet the same answer. All others are
// transient: the input may be submitted again as it is, whether or not it has taken effect.
var (
	// ErrNoSaga: the input names a saga that does not exist.
	ErrNoSaga = errors.New("no such saga")
	// ErrOverloaded: the queue is full; try again later.
	ErrOverloaded = errors.New("the engine is overloaded, try again in a moment")
	// ErrStopping: the engine is shutting down and takes nothing more; another process, or the next start, will.
	ErrStopping = errors.New("the engine is stopping")
	// ErrUnsent: a reply ended its saga, durably, but the saga's own last reply could not be published. Submitting the
	// reply again publishes that; until then the reply must not be acknowledged.
	ErrUnsent = errors.New("the saga has ended, but its caller could not be told")
	// ErrContended: other processes kept writing to the same saga first.
	ErrContended = errors.New("the saga is being written by other processes, try again")
)

// unknownDefinitionError refuses a start for want of its definition. It is a *domain.RefusedError and an
// eventstore.ErrNoDefinition at once: the router sets the message aside, the API answers "not found".
type unknownDefinitionError struct {
	refused *domain.RefusedError
	cause   error
}

func (e *unknownDefinitionError) Error() string   { return e.refused.Reason }
func (e *unknownDefinitionError) Unwrap() []error { return []error{e.refused, e.cause} }
