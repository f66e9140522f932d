package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Status is how a projection stands.
type Status struct {
	Name    string       `json:"name"`
	Version int          `json:"version"` // of this build
	Tables  []string     `json:"tables"`
	Phase   Phase        `json:"phase"`
	Lanes   []LaneStatus `json:"lanes"`
	Lag     uint64       `json:"lag"` // events of the log that are not in the rows yet, over all lanes
	Parked  []Parked     `json:"parked,omitempty"`
	// Error is what keeps this process from writing the projection now; "" while it can, or does not try.
	Error string `json:"error,omitempty"`
}

// LaneStatus is how a projection stands in one lane.
type LaneStatus struct {
	Lane      eventstore.Lane   `json:"lane"`
	Position  eventstore.Offset `json:"position"` // of the last event that is in the rows
	Head      eventstore.Offset `json:"head"`     // of the last event there is
	Lag       uint64            `json:"lag"`
	UpdatedAt time.Time         `json:"updated_at"` // when the position last moved
}

// Phase says whether a projection's rows have the meaning that this build gives them.
type Phase string

// The phases of a projection.
const (
	Current    Phase = "current"    // the rows are of this build's version
	Outdated   Phase = "outdated"   // they are of an older version; Run and CatchUp rebuild them
	Superseded Phase = "superseded" // they are of a newer version; this process leaves them alone
)

// Status returns how every projection stands, in order of name.
func (r *Runner) Status(ctx context.Context) ([]Status, error) {
	heads, err := r.store.Heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("status of projections: %w", err)
	}
	all := make([]Status, 0, len(r.projections))
	err = r.db.read(ctx, func(tx *Tx) error {
		for _, p := range r.projections {
			status, err := statusOf(ctx, tx, p, heads)
			if err != nil {
				return err
			}
			all = append(all, status)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("status of projections: %w", err)
	}
	r.addFaults(all)
	return all, nil
}

func statusOf(ctx context.Context, tx *Tx, p Projection, heads eventstore.Cursor) (Status, error) {
	found, err := readCheckpoints(ctx, tx, p.Name())
	if err != nil {
		return Status{}, err
	}
	status := Status{Name: p.Name(), Version: p.Version(), Tables: tableNames(p), Phase: Current}
	switch {
	case versionOf(found) < p.Version():
		status.Phase = Outdated
	case versionOf(found) > p.Version():
		status.Phase = Superseded
	}
	for _, c := range found {
		head := max(heads[c.lane], c.position) // the log may have grown since the heads were read
		lag := uint64(head - c.position)
		status.Lanes = append(status.Lanes, LaneStatus{Lane: c.lane, Position: c.position, Head: head, Lag: lag, UpdatedAt: c.updatedAt})
		status.Lag += lag
	}
	status.Parked, err = readParked(ctx, tx, p.Name())
	return status, err
}

// addFaults writes down what this process's trains have met.
func (r *Runner) addFaults(all []Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range all {
		for _, t := range r.trains {
			for _, p := range t.members {
				if p.Name() == all[i].Name && t.fault != nil {
					all[i].Error = t.fault.Error()
				}
			}
		}
	}
}
