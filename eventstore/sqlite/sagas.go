package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// SagasByCorrelation returns the sagas of a conversation; see eventstore.Store.
func (s *Store) SagasByCorrelation(ctx context.Context, correlationID string) ([]eventstore.SagaHead, error) {
	return s.sagaHeads(ctx, sagasByCorrelationSQL, correlationID)
}

// OpenSagas returns sagas of a lane that have not ended; see eventstore.Store.
func (s *Store) OpenSagas(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.sagaHeads(ctx, openSagasSQL, lane, after[:], max(limit, 0))
}

// SagaHeads returns sagas of a lane, ended or not; see eventstore.Store.
func (s *Store) SagaHeads(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.sagaHeads(ctx, sagaHeadsSQL, lane, after[:], max(limit, 0))
}

func (s *Store) sagaHeads(ctx context.Context, query string, args ...any) ([]eventstore.SagaHead, error) {
	var heads []eventstore.SagaHead
	rows, err := s.readers.QueryContext(ctx, query, args...)
	err = scan(rows, err, func(rows *sql.Rows) error {
		var h eventstore.SagaHead
		var id sql.RawBytes
		var due sql.NullInt64
		err := rows.Scan(&id, &h.CorrelationID, &h.Lane, &h.Definition.Name, &h.Definition.Version, &h.Definition.Digest,
			&h.Version, (*string)(&h.Status), &due)
		copy(h.SagaID[:], id)
		h.NextDue = timeOf(due)
		heads = append(heads, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read rows of sagas: %w", translate(err))
	}
	return heads, nil
}
