package projections

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// Snapshot is what the built-in tables say about a range of sagas of one lane, read at one moment: rows, checkpoint and
// parked sagas belong together, whatever goes on meanwhile.
type Snapshot struct {
	Lane     eventstore.Lane
	Position eventstore.Offset // the rows are those of the history up to here

	sagas      map[domain.SagaID]SagaRow
	steps      map[domain.SagaID][]StepRow
	parked     map[domain.SagaID]Parked
	stepCounts *stepCounts
}

// Snapshot reads the rows of the sagas of a lane whose ids are greater than after and not greater than through.
func (r *Runner) Snapshot(ctx context.Context, lane eventstore.Lane, after, through domain.SagaID) (Snapshot, error) {
	s := Snapshot{
		Lane: lane, sagas: make(map[domain.SagaID]SagaRow), steps: make(map[domain.SagaID][]StepRow),
		parked: make(map[domain.SagaID]Parked), stepCounts: r.stepCounts,
	}
	err := r.db.read(ctx, func(tx *Tx) error {
		found, err := readCheckpoints(ctx, tx, SagasProjection)
		if err != nil {
			return err
		}
		s.Position = cursorOf(found)[lane]
		parked, err := readParked(ctx, tx, SagasProjection)
		if err != nil {
			return err
		}
		for _, p := range parked {
			s.parked[p.SagaID] = p
		}
		return s.read(ctx, tx, after, through)
	})
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot of lane %d: %w", lane, err)
	}
	return s, nil
}

func (s *Snapshot) read(ctx context.Context, tx *Tx, after, through domain.SagaID) error {
	const within = " WHERE lane = $1 AND saga_id > $2 AND saga_id <= $3"
	args := []any{int(s.Lane), after.String(), through.String()}
	sagas, err := querySagas(ctx, tx, sqlSagas+within, args...)
	if err != nil {
		return err
	}
	for _, row := range sagas {
		s.sagas[row.SagaID] = row
	}
	steps, err := querySteps(ctx, tx, sqlSteps+" WHERE saga_id IN (SELECT saga_id FROM saga_status"+within+") ORDER BY saga_id, position", args...)
	for _, row := range steps {
		s.steps[row.SagaID] = append(s.steps[row.SagaID], row)
	}
	return err
}

// IDs are the sagas that the snapshot has rows of, in no particular order.
func (s Snapshot) IDs() []domain.SagaID {
	ids := make([]domain.SagaID, 0, len(s.sagas))
	for id := range s.sagas {
		ids = append(ids, id)
	}
	return ids
}

// Differences compares the rows of a saga with a fresh fold of its history, which must have been read after the
// snapshot, and says in words where they part. The error is the store's.
func (s Snapshot) Differences(ctx context.Context, id domain.SagaID, history []eventstore.Record) ([]string, error) {
	if p, parked := s.parked[id]; parked {
		return []string{fmt.Sprintf("parked at version %d: %s", p.Version, p.Reason)}, nil
	}
	row, exists := s.sagas[id]
	state := domain.NewState(id)
	for i := range history {
		if history[i].Offset > s.Position {
			break
		}
		next, _, err := evolve(state, &history[i])
		if err != nil {
			//nolint:nilerr // it is the difference that is reported
			return []string{"the history cannot be folded, so there is nothing to compare with: " + err.Error()}, nil
		}
		state = next
	}
	switch {
	case state.Version == 0 && exists:
		return []string{"there is a row in saga_status but no history up to the checkpoint"}, nil
	case state.Version == 0:
		return nil, nil
	case !exists:
		return []string{"there is no row in saga_status"}, nil
	}
	count, err := s.stepCounts.of(ctx, state.Definition)
	if err != nil {
		return nil, err
	}
	want, wantSteps := RowsOf(Saga{State: state, Lane: s.Lane, StepCount: count})
	found := differingFields("saga_status", row, want)
	return append(found, differingSteps(s.steps[id], wantSteps)...), nil
}

func differingSteps(got, want []StepRow) []string {
	var found []string
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			found = append(found, fmt.Sprintf("saga_steps: no row for step %s", want[i].Step))
		case i >= len(want):
			found = append(found, fmt.Sprintf("saga_steps: a row for step %s, which was never commanded", got[i].Step))
		default:
			found = append(found, differingFields("saga_steps "+want[i].Step, got[i], want[i])...)
		}
	}
	return found
}

// differingFields names the fields in which two rows of the same type differ, with both values.
func differingFields(table string, got, want any) []string {
	var found []string
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if equalValues(g.Field(i).Interface(), w.Field(i).Interface()) {
			continue
		}
		found = append(found, fmt.Sprintf("%s: %s is %s, the history says %s", table, columnOf(g.Type().Field(i)), inWords(g.Field(i)), inWords(w.Field(i))))
	}
	return found
}

func equalValues(a, b any) bool {
	if raw, ok := a.(json.RawMessage); ok {
		return bytes.Equal(raw, b.(json.RawMessage))
	}
	return reflect.DeepEqual(a, b)
}

func columnOf(field reflect.StructField) string {
	name, _, _ := bytes.Cut([]byte(field.Tag.Get("json")), []byte(","))
	return string(name)
}

func inWords(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return string(text)
}

// WrongConversations compares correlations with the sums over saga_status, and says in words where they part, by
// correlation id.
func (r *Runner) WrongConversations(ctx context.Context) (map[string]string, error) {
	found := make(map[string]string)
	err := r.db.read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, sqlWrongConversations)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, what string
			if err := rows.Scan(&id, &what); err != nil {
				return err
			}
			found[id] = what
		}
		return rows.Err()
	})
	if err != nil {
		return nil, errors.Join(errors.New("compare correlations with saga_status"), err)
	}
	return found, nil
}
