package sqlite

import "context"

// gate lets one writer of this process in at a time, in the order in which they came. SQLite itself knows no queue: a
// writer that finds the lock taken sleeps and tries again, and between two quick commits of another it may try for ever.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

// enter blocks until the writer before has left, or ctx ends.
func (g gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) leave() { <-g }
