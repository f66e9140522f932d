package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Parked is a saga that a projection could not fold.
type Parked struct {
	Projection string            `json:"projection"`
	SagaID     domain.SagaID     `json:"saga_id"`
	Lane       eventstore.Lane   `json:"lane"`
	Position   eventstore.Offset `json:"position"` // of the first event whose effect is missing
	Version    uint64            `json:"version"`  // of that event
	Reason     string            `json:"reason"`
	ParkedAt   time.Time         `json:"parked_at"`
}

func readParked(ctx context.Context, tx *Tx, projection string) ([]Parked, error) {
	rows, err := tx.Query(ctx, sqlParked, projection)
	if err != nil {
		return nil, fmt.Errorf("read parked sagas of %s: %w", projection, err)
	}
	defer func() { _ = rows.Close() }()
	var found []Parked
	for rows.Next() {
		p := Parked{Projection: projection}
		var id string
		var at moment
		if err := rows.Scan(&id, &p.Lane, &p.Position, &p.Version, &p.Reason, &at); err != nil {
			return nil, fmt.Errorf("read parked sagas of %s: %w", projection, err)
		}
		if p.SagaID, err = domain.ParseSagaID(id); err != nil {
			return nil, fmt.Errorf("read parked sagas of %s: %w", projection, err)
		}
		p.ParkedAt = at.Time
		found = append(found, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read parked sagas of %s: %w", projection, err)
	}
	return found, nil
}

func park(ctx context.Context, tx *Tx, projection string, sagas []broken, now time.Time) error {
	var rows []any
	for _, b := range sagas {
		rows = append(rows, projection, b.id.String(), int(b.lane), int64(b.position), int64(b.version), plainText(b.reason), tx.Time(now))
	}
	if err := sqlInsertParked.exec(ctx, tx, rows); err != nil {
		return fmt.Errorf("park sagas of %s: %w", projection, err)
	}
	return nil
}

// without is the batch less the sagas that are parked: once an event of a saga has had no effect, those after it must
// wait behind it.
func (b Batch) without(parked []Parked) Batch {
	if len(parked) == 0 {
		return b
	}
	waiting := make(map[domain.SagaID]bool, len(parked))
	for _, p := range parked {
		waiting[p.SagaID] = true
	}
	var rest Batch
	for _, e := range b.Events {
		if !waiting[e.Record.SagaID] {
			rest.Events = append(rest.Events, e)
		}
	}
	for _, s := range b.Sagas {
		if !waiting[s.State.SagaID] {
			rest.Sagas = append(rest.Sagas, s)
		}
	}
	return rest
}
