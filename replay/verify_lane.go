package replay

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/eventstore"
)

// laneLog reads a lane in order of offset.
type laneLog struct {
	*verification
	lane   eventstore.Lane
	at     eventstore.Offset // of the last event read
	hash   [32]byte          // of the last event read
	events uint64
}

func (l *laneLog) read(ctx context.Context) error {
	head := l.heads[l.lane]
	for l.at < head {
		records, err := l.Store.ReadLane(ctx, l.lane, l.at, min(recordsAtOnce, int(head-l.at)))
		if err != nil {
			return err
		}
		if len(records) == 0 {
			l.find(CheckOffsets, 0, fmt.Sprintf("the lane's head is %d, its last event has offset %d", head, l.at))
			return nil
		}
		for i := range records {
			if records[i].Offset > head {
				return nil // the gap before it has been found; the rest was appended meanwhile
			}
			l.check(&records[i])
		}
		l.step(len(records))
	}
	return l.beyond(ctx)
}

// beyond makes sure that no event stands after the lane's head.
func (l *laneLog) beyond(ctx context.Context) error {
	records, err := l.Store.ReadLane(ctx, l.lane, l.at, 1)
	if err != nil || len(records) == 0 {
		return err
	}
	now, err := l.Store.Heads(ctx) // it may have been appended since
	if err != nil {
		return err
	}
	if records[0].Offset > now[l.lane] {
		l.find(CheckOffsets, records[0].Offset, fmt.Sprintf("there is an event after the lane's head, which is %d", now[l.lane]))
	}
	return nil
}

func (l *laneLog) check(r *eventstore.Record) {
	if r.Offset != l.at+1 {
		l.find(CheckOffsets, r.Offset, fmt.Sprintf("it follows offset %d: %d events between are missing", l.at, r.Offset-l.at-1))
	}
	want := eventstore.ChainHash(l.hash, eventstore.EventDigest(r.SagaID, r.Version, r.NewEvent))
	if r.Hash != want {
		l.report.add(Finding{Check: CheckHash, Lane: l.lane, Offset: r.Offset, SagaID: r.SagaID, What: fmt.Sprintf(
			"version %d, %s: the hash does not follow from the event and the one before it: one of them was changed, removed or put elsewhere", r.Version, r.Type)})
	}
	if _, err := decode(r); err != nil {
		l.report.add(Finding{Check: CheckFacts, Lane: l.lane, Offset: r.Offset, SagaID: r.SagaID, What: fmt.Sprintf("version %d: %v", r.Version, err)})
	}
	// The hash on record is the base of the next: so what was changed is found where it was, and not all the way after it.
	l.at, l.hash = r.Offset, r.Hash
	l.events++
}

func (l *laneLog) find(check Check, offset eventstore.Offset, what string) {
	l.report.add(Finding{Check: check, Lane: l.lane, Offset: offset, What: what})
}
