package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/skald-go/skald/eventstore"
)

// appendStatement is the name under which each connection prepares the call of append_v1, once.
const appendStatement = "skald_append_v1"

// binaryFormat says that all parameters, or all columns, are in binary.
var binaryFormat = []int16{1}

// Append writes the batches in one call of append_v1; see eventstore.Store.
func (s *Store) Append(ctx context.Context, batches []eventstore.LaneAppend) ([]eventstore.LaneResult, error) {
	if err := eventstore.ValidateAppend(batches, s.lanes); err != nil {
		return nil, err
	}
	if len(batches) == 0 {
		return nil, ctx.Err()
	}
	c, err := newCall(batches)
	if err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	results, err := s.send(ctx, c)
	if isAmbiguous(err) {
		results, err = s.resolve(ctx, c, err)
	}
	if err != nil {
		return nil, fmt.Errorf("append: %w", translate(err))
	}
	if written(results) {
		s.wakeups.ring()
	}
	return results, nil
}

func written(results []eventstore.LaneResult) bool {
	for i := range results {
		if results[i].First > 0 {
			return true
		}
	}
	return false
}

// send is the ordinary way: a transaction of one statement on a connection of the pool.
func (s *Store) send(ctx context.Context, c *call) ([]eventstore.LaneResult, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	return s.sendOn(ctx, conn.Conn(), c)
}

// sendOn calls append_v1 on a connection. The error is an *ambiguousError when the server may have done it nevertheless.
func (s *Store) sendOn(ctx context.Context, conn *pgx.Conn, c *call) ([]eventstore.LaneResult, error) {
	if _, err := conn.Prepare(ctx, appendStatement, s.queries.append); err != nil {
		return nil, err
	}
	answer := conn.PgConn().ExecPrepared(ctx, appendStatement, c.params, binaryFormat, binaryFormat).Read()
	if answer.Err != nil {
		return nil, ambiguous(answer.Err)
	}
	if len(answer.Rows) != 1 {
		return nil, fmt.Errorf("append_v1 answered with %d rows", len(answer.Rows))
	}
	return c.results(conn.TypeMap(), answer.Rows[0])
}
