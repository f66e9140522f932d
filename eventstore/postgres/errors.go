package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/skald-go/skald/eventstore"
)

// SQLSTATEs of our own, raised by the functions in migration/.
const (
	stateAppendOnly = "SK001"
	stateNoLane     = "SK002"
)

// SQLSTATEs of PostgreSQL that mean something to us.
const (
	stateReadOnly          = "25006"
	stateUndefinedFunction = "42883"
	stateUndefinedTable    = "42P01"
	stateInvalidSchema     = "3F000"
	stateCompletionUnknown = "40003"
	stateSerialization     = "40001"
	stateDeadlock          = "40P01"
	stateQueryCanceled     = "57014"
	stateTooComplex        = "54001"
	stateInvalidText       = "22P02"
)

// translate turns errors of pgx and of the server into ours, and keeps them in the chain. Errors of context, and our
// own, pass as they are.
func translate(err error) error {
	switch {
	case err == nil, isOurs(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		if isLost(err) {
			return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
		}
		return err
	}
	switch refused.Code {
	case stateAppendOnly:
		return fmt.Errorf("%w: %w", eventstore.ErrAppendOnly, err)
	case stateNoLane, stateInvalidText, stateTooComplex:
		return fmt.Errorf("%w: %w", eventstore.ErrInvalidAppend, err)
	case stateUndefinedFunction, stateUndefinedTable, stateInvalidSchema:
		return fmt.Errorf("%w: %w", eventstore.ErrNotMigrated, err)
	case stateReadOnly, stateSerialization, stateDeadlock, stateQueryCanceled:
		return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
	}
	switch refused.Code[:2] {
	case "08", "53", "57", "58": // connection, resources, shut down or starting, input and output
		return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
	}
	return err
}

func isOurs(err error) bool {
	for _, ours := range []error{
		eventstore.ErrUnavailable, eventstore.ErrAmbiguous, eventstore.ErrAppendOnly, eventstore.ErrInvalidAppend,
		eventstore.ErrNotMigrated, eventstore.ErrNoDefinition, eventstore.ErrDefinitionChanged, eventstore.ErrNoDeadLetter,
		eventstore.ErrDeadLetterResolved,
	} {
		if errors.Is(err, ours) {
			return true
		}
	}
	return false
}

// isLost reports whether the connection failed or could not be made.
func isLost(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) || pgconn.Timeout(err) || isNetwork(err)
}

// ambiguousError says that the answer to an append was lost: the server may have done it or not.
type ambiguousError struct{ err error }

func (e *ambiguousError) Error() string { return e.err.Error() }
func (e *ambiguousError) Unwrap() error { return e.err }

func isAmbiguous(err error) bool {
	var lost *ambiguousError
	return errors.As(err, &lost)
}

// ambiguous judges the error of a statement that was sent outside of a transaction. It is certain that nothing happened
// when the server said so and lives on, or when nothing was sent; else it is not. A server that is shut down may say so
// after it has committed.
func ambiguous(err error) error {
	var refused *pgconn.PgError
	switch {
	case pgconn.SafeToRetry(err):
		return err
	case errors.As(err, &refused) && !isFatal(refused):
		return err
	default:
		return &ambiguousError{err}
	}
}

func isFatal(err *pgconn.PgError) bool {
	severity := err.SeverityUnlocalized
	return severity == "FATAL" || severity == "PANIC" || err.Code == stateCompletionUnknown || strings.HasPrefix(err.Code, "08")
}
