package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/skald-go/skald/eventstore"
)

// translate turns the driver's errors into ours. Errors of context pass as they are.
func translate(err error) error {
	switch code := codeOf(err); {
	case code == lib.SQLITE_CONSTRAINT_TRIGGER && strings.Contains(err.Error(), "append-only"):
		return fmt.Errorf("%w: %w", eventstore.ErrAppendOnly, err)
	case code&0xff == lib.SQLITE_BUSY:
		return fmt.Errorf("%w: another process has held the file's write lock for %sms: %w", eventstore.ErrUnavailable, busyTimeout, err)
	case code&0xff == lib.SQLITE_FULL:
		return fmt.Errorf("%w: the disk is full: %w", eventstore.ErrUnavailable, err)
	case code&0xff == lib.SQLITE_READONLY:
		return fmt.Errorf("%w: the file or its folder cannot be written: %w", eventstore.ErrUnavailable, err)
	case code&0xff == lib.SQLITE_IOERR || code&0xff == lib.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
	default:
		return err
	}
}

// translateOpen is translate for the opening of the file.
func translateOpen(err error) error {
	switch codeOf(err) & 0xff {
	case lib.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: there is no such file, or its folder is missing or closed to us: %w", eventstore.ErrUnavailable, err)
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("the file is no SQLite database: %w", err)
	default:
		return translate(err)
	}
}

func isBusy(err error) bool { return codeOf(err)&0xff == lib.SQLITE_BUSY }

func isIOError(err error) bool { return codeOf(err)&0xff == lib.SQLITE_IOERR }

// codeOf is SQLite's extended result code, or 0 for an error of another origin.
func codeOf(err error) int {
	var foreign *driver.Error
	if errors.As(err, &foreign) {
		return foreign.Code()
	}
	return 0
}

// pause waits a moment before another try.
func pause(ctx context.Context) error {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
