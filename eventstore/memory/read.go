package memory

import (
	"context"
	"slices"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// ReadLane returns up to limit events of a lane after the given offset; see eventstore.Store.
func (s *Store) ReadLane(
	ctx context.Context, lane eventstore.Lane, after eventstore.Offset, limit int,
) ([]eventstore.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if int(lane) >= len(s.lanes) {
		return nil, nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	log := s.lanes[lane].log
	from := min(after, eventstore.Offset(len(log)))
	to := min(len(log), int(from)+max(limit, 0))
	return slices.Clone(log[from:to]), nil
}

// ReadSagas returns whole histories; see eventstore.Store.
func (s *Store) ReadSagas(ctx context.Context, ids []domain.SagaID) ([][]eventstore.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	histories := make([][]eventstore.Record, len(ids))
	for i, id := range ids {
		row := s.sagas[id]
		if row == nil {
			continue
		}
		log := s.lanes[row.head.Lane].log
		histories[i] = make([]eventstore.Record, len(row.offsets))
		for j, offset := range row.offsets {
			histories[i][j] = log[offset-1]
		}
	}
	return histories, nil
}

// Heads returns the offset of the last event of each lane.
func (s *Store) Heads(ctx context.Context) (eventstore.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	heads := make(eventstore.Cursor, len(s.lanes))
	for i := range s.lanes {
		heads[i] = s.lanes[i].head()
	}
	return heads, nil
}

// SagasByCorrelation returns the sagas of a conversation; see eventstore.Store.
func (s *Store) SagasByCorrelation(ctx context.Context, correlationID string) ([]eventstore.SagaHead, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var heads []eventstore.SagaHead
	for _, id := range s.lanes[eventstore.LaneOf(correlationID, len(s.lanes))].all {
		if head := s.sagas[id].head; head.CorrelationID == correlationID {
			heads = append(heads, head)
		}
	}
	return heads, nil
}

// OpenSagas returns sagas of a lane that have not ended; see eventstore.Store.
func (s *Store) OpenSagas(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.page(ctx, lane, after, limit, func(l *lanePart) sortedIDs { return l.open })
}

// SagaHeads returns sagas of a lane, ended or not; see eventstore.Store.
func (s *Store) SagaHeads(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.page(ctx, lane, after, limit, func(l *lanePart) sortedIDs { return l.all })
}

func (s *Store) page(
	ctx context.Context, number eventstore.Lane, after domain.SagaID, limit int, of func(*lanePart) sortedIDs,
) ([]eventstore.SagaHead, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if int(number) >= len(s.lanes) {
		return nil, nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := of(&s.lanes[number]).after(after, limit)
	heads := make([]eventstore.SagaHead, len(ids))
	for i, id := range ids {
		heads[i] = s.sagas[id].head
	}
	return heads, nil
}
