package web

import (
	"context"
	"errors"
	"strings"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
	"github.com/skald-go/skald/web/api"
)

// problemOf says what an error means for whoever asked, and what they can do. It is the one place that decides it.
func problemOf(err error) *api.Problem {
	var (
		problem *api.Problem
		faults  domain.Faults
		refused *domain.RefusedError
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &faults):
		return api.NewProblem(api.Invalid, oneLine(faults), "correct the definition; `skald definitions check FILE` shows all faults with their lines")
	case errors.Is(err, eventstore.ErrNoDefinition):
		return api.NewProblem(api.NotFound, "there is no such definition or version", "`skald definitions list` shows those there are, `skald definitions put FILE` publishes one")
	case errors.Is(err, eventstore.ErrDefinitionChanged):
		return api.NewProblem(api.Changed, "this version of the definition is published with another content", "give the change a new version number")
	case errors.Is(err, engine.ErrNoSaga):
		return noSaga("there is no such saga")
	case errors.Is(err, domain.ErrInvalidSagaID):
		return api.NewProblem(api.Invalid, err.Error(), "`skald list` shows the ids of sagas")
	case errors.Is(err, eventstore.ErrNoDeadLetter):
		return api.NewProblem(api.NotFound, "there is no such dead letter", "`skald dead list` shows those that wait")
	case errors.Is(err, eventstore.ErrDeadLetterResolved):
		return api.NewProblem(api.Refused, "somebody has decided about this dead letter before", "`skald dead show` tells who and what")
	case errors.Is(err, projections.ErrNoProjection):
		return api.NewProblem(api.NotFound, err.Error(), "`skald projections list` shows them")
	case errors.Is(err, projections.ErrInvalidCursor):
		return invalid("the page asked for is none that a list gave out", "give \"next\" of the page before, unchanged")
	case errors.Is(err, projections.ErrRebuildOvertaken):
		return api.NewProblem(api.Refused, err.Error(), "`skald projections status` shows how far it is")
	case errors.As(err, &refused):
		return api.NewProblem(api.Refused, refused.Reason, "nothing has happened; correct the request")
	case errors.Is(err, eventstore.ErrAmbiguous):
		return api.NewProblem(api.Unknown, "the store was lost while writing; it is not known whether the request took effect", "look with `skald list` or `skald status` before asking again (a start with a key may simply be repeated)")
	case errors.Is(err, engine.ErrOverloaded), errors.Is(err, engine.ErrStopping), errors.Is(err, engine.ErrContended):
		return api.NewProblem(api.Unavailable, err.Error(), "nothing has happened; ask again in a moment")
	case errors.Is(err, eventstore.ErrUnavailable):
		return api.NewProblem(api.Unavailable, "the event store cannot be reached", "nothing has happened; ask again when the store is back")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return api.NewProblem(api.Unknown, "the request took too long and was given up", "look whether it took effect before asking again")
	}
	return api.NewProblem(api.Internal, err.Error(), "this is a fault of Skald; the server's log has more")
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func noSaga(detail string) *api.Problem {
	return api.NewProblem(api.NotFound, detail, "`skald list` shows the sagas there are")
}

func invalid(detail, toDo string) *api.Problem { return api.NewProblem(api.Invalid, detail, toDo) }

// readOnly is the answer of a Service that lacks what an action needs.
func readOnly(action string) *api.Problem {
	return api.NewProblem(api.Refused, action+" needs a running server", "leave --store away and name the server with --server")
}
