package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/backend"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

// The exit codes. Scripts may rely on them; `skald --help` prints this table.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitRefused     = 4
	exitUnavailable = 5
	exitUnknown     = 6
	exitInterrupted = 130
)

var exitCodes = []struct {
	code    int
	meaning string
}{
	{exitOK, "done; with `start --wait`: the saga completed"},
	{exitFailed, "the outcome is not the one hoped for (a saga compensated, cancelled or stuck; faults in a definition; a history that does not verify), or a fault of Skald"},
	{exitUsage, "the command line or the configuration is wrong; nothing was done"},
	{exitNotFound, "there is no such saga, definition, dead letter or file"},
	{exitRefused, "refused as things stand; nothing was done"},
	{exitUnavailable, "server, store or broker cannot be reached; nothing was done, try again"},
	{exitUnknown, "not known whether it took effect, or not yet (a wait ran out); look before trying again"},
	{exitInterrupted, "stopped by a signal before it was done"},
}

// exitError carries an exit code of its own choice.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func failf(code int, format string, args ...any) error {
	return &exitError{code: code, err: fmt.Errorf(format, args...)}
}

func usagef(format string, args ...any) error { return failf(exitUsage, format, args...) }

// exitCodeOf is the one place that turns an error into an exit code.
func exitCodeOf(err error) int {
	var (
		own         *exitError
		problem     *api.Problem
		address     *backend.AddressError
		unreachable *backend.UnreachableError
		noServer    *client.UnreachableError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &problem):
		return exitCodeOfKind(problem.Kind)
	case errors.As(err, &address):
		return exitUsage
	case errors.As(err, &unreachable), errors.As(err, &noServer), errors.Is(err, eventstore.ErrUnavailable):
		return exitUnavailable
	case errors.Is(err, eventstore.ErrAmbiguous), errors.Is(err, context.DeadlineExceeded):
		return exitUnknown
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

func exitCodeOfKind(kind api.Kind) int {
	switch kind {
	case api.NotFound:
		return exitNotFound
	case api.Refused, api.Changed:
		return exitRefused
	case api.Invalid, api.TooLarge, api.NoRoute:
		return exitUsage
	case api.Unavailable:
		return exitUnavailable
	case api.Unknown:
		return exitUnknown
	}
	return exitFailed
}

// exitCodeHelp is the table for `skald --help`.
func exitCodeHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, row := range exitCodes {
		fmt.Fprintf(&b, "\n  %3d  %s", row.code, row.meaning)
	}
	return b.String()
}
