package replay

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
)

// laneSagas reads the sagas of a lane in order of id.
type laneSagas struct {
	*verification
	lane   eventstore.Lane
	events uint64 // read, up to the head of the lane
	count  uint64
}

// lastID is greater than every id.
var lastID = domain.SagaID(slices.Repeat([]byte{0xff}, len(domain.SagaID{})))

func (s *laneSagas) read(ctx context.Context) error {
	var after domain.SagaID
	for {
		heads, err := s.Store.SagaHeads(ctx, s.lane, after, sagasAtOnce)
		if err != nil {
			return err
		}
		through := lastID
		if len(heads) == sagasAtOnce {
			through = heads[len(heads)-1].SagaID
		}
		if err := s.page(ctx, heads, after, through); err != nil {
			return err
		}
		if len(heads) < sagasAtOnce {
			return nil
		}
		after = through
	}
}

// page checks the sagas with ids from after (not included) through. The read models come first and the histories last:
// a history then holds all that the others can know.
func (s *laneSagas) page(ctx context.Context, heads []eventstore.SagaHead, after, through domain.SagaID) error {
	var views projections.Snapshot
	if s.Projections != nil {
		var err error
		if views, err = s.Projections.Snapshot(ctx, s.lane, after, through); err != nil {
			return err
		}
	}
	ids := make([]domain.SagaID, len(heads))
	for i := range heads {
		ids[i] = heads[i].SagaID
	}
	known := len(ids)
	for _, id := range views.IDs() { // rows of sagas that the log does not have, or not yet
		if !slices.Contains(ids[:known], id) {
			ids = append(ids, id)
		}
	}
	histories, err := s.Store.ReadSagas(ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if i < known {
			if err := s.check(ctx, heads[i], histories[i]); err != nil {
				return err
			}
		}
		if s.Projections == nil {
			continue
		}
		different, err := views.Differences(ctx, id, histories[i])
		if err != nil {
			return err
		}
		for _, what := range different {
			s.find(CheckProjection, 0, id, what)
		}
	}
	return nil
}

// check compares a saga's history with itself and with the row kept for it.
func (s *laneSagas) check(ctx context.Context, head eventstore.SagaHead, history []eventstore.Record) error {
	for i := range history {
		if history[i].Offset <= s.heads[s.lane] {
			s.events++
		}
	}
	s.count++
	s.step(len(history))
	if uint64(len(history)) > head.Version {
		// Appended since the row was read, or the row is behind: it tells when it is read again.
		again, err := s.headOf(ctx, head.SagaID)
		if err != nil {
			return err
		}
		if again.Version < uint64(len(history)) {
			s.find(CheckHead, 0, head.SagaID, fmt.Sprintf("the saga's row is at version %d, its history at %d", again.Version, len(history)))
		}
	}
	state, ok := s.fold(head, history)
	if ok {
		s.compare(head, state)
	}
	return nil
}

// headOf reads one saga's row: the first after the id before it.
func (s *laneSagas) headOf(ctx context.Context, id domain.SagaID) (eventstore.SagaHead, error) {
	heads, err := s.Store.SagaHeads(ctx, s.lane, before(id), 1)
	if err != nil || len(heads) == 0 || heads[0].SagaID != id {
		return eventstore.SagaHead{}, err
	}
	return heads[0], nil
}

// before is the greatest id that is less than id.
func before(id domain.SagaID) domain.SagaID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}

// fold is the state at the version that the saga's row names. It reports what stands in the way, and false.
func (s *laneSagas) fold(head eventstore.SagaHead, history []eventstore.Record) (domain.State, bool) {
	state := domain.NewState(head.SagaID)
	for i := range history {
		r := &history[i]
		if r.Version > head.Version {
			break
		}
		if r.Version != state.Version+1 {
			s.find(CheckVersions, r.Offset, head.SagaID, fmt.Sprintf("version %d follows version %d", r.Version, state.Version))
			return state, false
		}
		s.place(head, r)
		fact, err := decode(r)
		if err != nil {
			return state, false // found by the reading of the lane
		}
		next, err := domain.Evolve(state, domain.Event{At: r.RecordedAt, Fact: fact})
		if err != nil {
			s.find(CheckFold, r.Offset, head.SagaID, "history that could not have happened: "+err.Error())
			return state, false
		}
		state = next
	}
	if state.Version != head.Version {
		s.find(CheckHead, 0, head.SagaID, fmt.Sprintf("the saga's row is at version %d, its history ends at %d", head.Version, state.Version))
		return state, false
	}
	return state, true
}

// place makes sure that an event stands where its conversation is.
func (s *laneSagas) place(head eventstore.SagaHead, r *eventstore.Record) {
	if r.Lane != s.lane {
		s.find(CheckCorrelation, r.Offset, head.SagaID, fmt.Sprintf("version %d stands in lane %d", r.Version, r.Lane))
	}
	if r.CorrelationID != head.CorrelationID {
		s.find(CheckCorrelation, r.Offset, head.SagaID, fmt.Sprintf("version %d has the correlation id %q, the saga's row %q", r.Version, r.CorrelationID, head.CorrelationID))
	}
}

// compare holds the saga's row against its history.
func (s *laneSagas) compare(head eventstore.SagaHead, state domain.State) {
	differ := func(check Check, name string, row, history any) {
		s.find(check, 0, head.SagaID, fmt.Sprintf("the saga's row has %s %v, its history says %v", name, row, history))
	}
	if state.CorrelationID != head.CorrelationID {
		differ(CheckCorrelation, "correlation id", fmt.Sprintf("%q", head.CorrelationID), fmt.Sprintf("%q", state.CorrelationID))
	}
	if lane := eventstore.LaneOf(state.CorrelationID, len(s.heads)); lane != s.lane || eventstore.LaneOfSaga(head.SagaID, len(s.heads)) != s.lane {
		s.find(CheckCorrelation, 0, head.SagaID, fmt.Sprintf("its correlation id belongs in lane %d", lane))
	}
	if state.Definition != head.Definition {
		differ(CheckHead, "definition", head.Definition, state.Definition)
	}
	if state.Status != head.Status {
		differ(CheckHead, "status", head.Status, state.Status)
	}
	if due := state.NextDue().Truncate(time.Microsecond); !due.Equal(head.NextDue.Truncate(time.Microsecond)) {
		differ(CheckHead, "next due time", moment(head.NextDue), moment(due))
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (s *laneSagas) find(check Check, offset eventstore.Offset, id domain.SagaID, what string) {
	s.report.add(Finding{Check: check, Lane: s.lane, Offset: offset, SagaID: id, What: what})
}
