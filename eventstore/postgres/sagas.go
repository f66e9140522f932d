package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// SagasByCorrelation returns the sagas of a conversation; see eventstore.Store.
func (s *Store) SagasByCorrelation(ctx context.Context, correlationID string) ([]eventstore.SagaHead, error) {
	return s.readHeads(ctx, s.queries.sagasByCorrelation, correlationID)
}

// OpenSagas returns sagas of a lane that have not ended; see eventstore.Store.
func (s *Store) OpenSagas(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.readHeads(ctx, s.queries.openSagas, int32(lane), [16]byte(after), max(limit, 0))
}

// SagaHeads returns sagas of a lane, ended or not; see eventstore.Store.
func (s *Store) SagaHeads(
	ctx context.Context, lane eventstore.Lane, after domain.SagaID, limit int,
) ([]eventstore.SagaHead, error) {
	return s.readHeads(ctx, s.queries.sagaHeads, int32(lane), [16]byte(after), max(limit, 0))
}

func (s *Store) readHeads(ctx context.Context, query string, args ...any) ([]eventstore.SagaHead, error) {
	var heads []eventstore.SagaHead
	rows, err := s.pool.Query(ctx, query, args...)
	err = scan(rows, err, func(rows pgx.Rows) error {
		var h eventstore.SagaHead
		var due *time.Time
		err := rows.Scan((*[16]byte)(&h.SagaID), &h.CorrelationID, &h.Lane, &h.Definition.Name, &h.Definition.Version,
			&h.Definition.Digest, &h.Version, (*string)(&h.Status), &due)
		h.NextDue = timeOf(due)
		heads = append(heads, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read rows of sagas: %w", translate(err))
	}
	return heads, nil
}

// timeOf is a column's time in UTC; NULL is the zero time.
func timeOf(column *time.Time) time.Time {
	if column == nil {
		return time.Time{}
	}
	return column.UTC()
}
