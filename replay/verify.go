package replay

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/projections"
)

// Verify is Verifier.Verify without a progress function. views may be nil.
func Verify(ctx context.Context, store eventstore.Store, views *projections.Runner) (Report, error) {
	return Verifier{Store: store, Projections: views}.Verify(ctx)
}

// Verifier compares a store with itself.
type Verifier struct {
	Store eventstore.Store
	// Projections are compared with the histories up to their own checkpoints; nil: they are not compared.
	Projections *projections.Runner
	// Progress, if not nil, is called now and then with the number of events read and the number there are to read.
	// Every event is read twice: by its place in the lane and by its place in its saga.
	Progress func(done, total uint64)
}

// How much is held in memory at a time.
const (
	recordsAtOnce = 1000
	sagasAtOnce   = 200
)

// Verify reads the whole store and reports what does not agree: by lane, offsets, hashes and payloads; by saga,
// versions, fold, correlation id, and the rows that are kept of it. It changes nothing and may run beside everything
// else; what is appended meanwhile is not part of the verification. The error is the store's or ctx's.
func (v Verifier) Verify(ctx context.Context) (Report, error) {
	heads, err := v.Store.Heads(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	run := &verification{
		Verifier: v,
		heads:    heads,
		report:   Report{Lanes: len(heads), Projections: v.Projections != nil, Findings: []Finding{}},
	}
	for lane := range heads {
		run.total += 2 * uint64(heads[lane])
	}
	for lane := range heads {
		if err := run.lane(ctx, eventstore.Lane(lane)); err != nil {
			return Report{}, fmt.Errorf("verify lane %d: %w", lane, err)
		}
	}
	if err := run.conversations(ctx); err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	return run.report, nil
}

// verification is a Verify under way.
type verification struct {
	Verifier
	heads       eventstore.Cursor
	report      Report
	done, total uint64
}

func (v *verification) step(events int) {
	v.done += uint64(events)
	if v.Progress != nil {
		v.Progress(min(v.done, v.total), v.total)
	}
}

// lane reads a lane once in order and once saga by saga, and makes sure that both are the same events.
func (v *verification) lane(ctx context.Context, lane eventstore.Lane) error {
	log := &laneLog{verification: v, lane: lane}
	if err := log.read(ctx); err != nil {
		return err
	}
	sagas := &laneSagas{verification: v, lane: lane}
	if err := sagas.read(ctx); err != nil {
		return err
	}
	if log.events != sagas.events {
		v.report.add(Finding{Check: CheckVersions, Lane: lane, What: fmt.Sprintf(
			"the lane has %d events, the histories of its sagas have %d together: an event belongs to no saga, or to two", log.events, sagas.events)})
	}
	v.report.Events += log.events
	v.report.Sagas += sagas.count
	return nil
}

// conversations compares the read model of conversations with that of sagas, which has been compared with the histories.
func (v *verification) conversations(ctx context.Context) error {
	if v.Projections == nil {
		return nil
	}
	wrong, err := v.Projections.WrongConversations(ctx)
	if err != nil {
		return err
	}
	for id, what := range wrong {
		v.report.add(Finding{
			Check: CheckProjection, Lane: eventstore.LaneOf(id, len(v.heads)),
			What: fmt.Sprintf("conversation %q: %s", id, what),
		})
	}
	return nil
}

// decode reads what a record says.
func decode(r *eventstore.Record) (domain.Fact, error) {
	return domain.DecodeFact(domain.FactType(r.Type), r.SchemaVersion, r.Payload)
}
