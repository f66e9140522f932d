package memory

import (
	"context"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Append writes the batches under one lock; see eventstore.Store.
func (s *Store) Append(ctx context.Context, batches []eventstore.LaneAppend) ([]eventstore.LaneResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := eventstore.ValidateAppend(batches, len(s.lanes)); err != nil {
		return nil, err
	}
	results := make([]eventstore.LaneResult, len(batches))
	written := false
	s.mu.Lock()
	for i := range batches {
		results[i] = s.appendLane(&batches[i])
		written = written || results[i].First > 0
	}
	s.mu.Unlock()
	if written {
		s.appended.Ring()
	}
	return results, nil
}

func (s *Store) appendLane(batch *eventstore.LaneAppend) eventstore.LaneResult {
	l := &s.lanes[batch.Lane]
	result := eventstore.LaneResult{Lane: batch.Lane}
	before := l.head()
	for i := range batch.Sagas {
		in := &batch.Sagas[i]
		var version uint64
		if known := s.sagas[in.SagaID]; known != nil {
			version = known.head.Version
		}
		if version != in.ExpectedVersion {
			result.Conflicts = append(result.Conflicts, eventstore.Conflict{SagaID: in.SagaID, Version: version})
			continue
		}
		s.appendSaga(l, batch.Lane, in)
	}
	result.Head = l.head()
	if result.Head > before {
		result.First = before + 1
	}
	return result
}

func (s *Store) appendSaga(l *lanePart, number eventstore.Lane, in *eventstore.SagaAppend) {
	row := s.sagas[in.SagaID]
	if row == nil {
		row = &saga{head: eventstore.SagaHead{
			SagaID: in.SagaID, CorrelationID: in.CorrelationID, Lane: number, Definition: in.Definition,
		}}
		s.sagas[in.SagaID] = row
		l.all.insert(in.SagaID)
	}
	for _, event := range in.Events {
		row.head.Version++
		event.RecordedAt = event.RecordedAt.UTC()
		l.hash = eventstore.ChainHash(l.hash, eventstore.EventDigest(in.SagaID, row.head.Version, event))
		l.log = append(l.log, eventstore.Record{
			NewEvent:      event,
			Lane:          number,
			Offset:        l.head() + 1,
			SagaID:        in.SagaID,
			CorrelationID: row.head.CorrelationID,
			Version:       row.head.Version,
			Hash:          l.hash,
		})
		row.offsets = append(row.offsets, l.head())
	}
	row.head.Status = in.Status
	row.head.NextDue = in.NextDue.UTC().Truncate(time.Microsecond)
	if in.Status.Terminal() {
		l.open.remove(in.SagaID)
	} else {
		l.open.insert(in.SagaID)
	}
}
