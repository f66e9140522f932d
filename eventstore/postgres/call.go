package postgres

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/skald-go/skald/eventstore"
)

// call is one append on its way: what append_v1 is given, and what is needed to understand its answer. However often it
// is sent, it keeps its id.
type call struct {
	id      uuid.UUID
	batches []eventstore.LaneAppend
	order   []int // places of the batches, ascending by lane
	sagas   []*eventstore.SagaAppend
	digests [][32]byte // of each saga's first event
	params  [][]byte
}

func newCall(batches []eventstore.LaneAppend) (*call, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	c := &call{id: id, batches: batches, order: make([]int, len(batches))}
	events := 0
	for i := range batches {
		c.order[i] = i
		for j := range batches[i].Sagas {
			events += len(batches[i].Sagas[j].Events)
		}
	}
	slices.SortFunc(c.order, func(a, b int) int { return cmp.Compare(batches[a].Lane, batches[b].Lane) })
	for _, i := range c.order {
		for j := range batches[i].Sagas {
			c.sagas = append(c.sagas, &batches[i].Sagas[j])
		}
	}
	c.params = [][]byte{id[:], c.lanes()}
	c.params = append(c.params, c.sagaParams()...)
	c.params = append(c.params, c.eventParams(events)...)
	return c, nil
}

// lanes are the lanes of the call, ascending.
func (c *call) lanes() []byte {
	lanes := newArray(int2Type, len(c.order), 2)
	for _, i := range c.order {
		lanes.int16(int16(c.batches[i].Lane))
	}
	return lanes.value()
}

func (c *call) sagaParams() [][]byte {
	n := len(c.sagas)
	lane, id := newArray(int2Type, n, 2), newArray(uuidType, n, 16)
	expected, events := newArray(int8Type, n, 8), newArray(int4Type, n, 4)
	correlationID, name := newArray(textType, n, 36), newArray(textType, n, 16)
	version, digest := newArray(int4Type, n, 4), newArray(textType, n, 72)
	status, open, due := newArray(textType, n, 12), newArray(boolType, n, 1), newArray(timestamptzType, n, 8)
	for _, i := range c.order {
		for j := range c.batches[i].Sagas {
			s := &c.batches[i].Sagas[j]
			lane.int16(int16(c.batches[i].Lane))
			id.bytes(s.SagaID[:])
			expected.int64(int64(s.ExpectedVersion))
			events.int32(int32(len(s.Events)))
			correlationID.text(s.CorrelationID)
			name.text(s.Definition.Name)
			version.int32(int32(s.Definition.Version))
			digest.text(s.Definition.Digest)
			status.text(string(s.Status))
			open.bool(!s.Status.Terminal())
			due.time(s.NextDue)
		}
	}
	return values(lane, id, expected, events, correlationID, name, version, digest, status, open, due)
}

func (c *call) eventParams(n int) [][]byte {
	lane, id, version := newArray(int2Type, n, 2), newArray(uuidType, n, 16), newArray(int8Type, n, 8)
	kind, schema := newArray(textType, n, 16), newArray(int4Type, n, 4)
	payload, recordedAt := newArray(jsonType, n, 160), newArray(timestamptzType, n, 8)
	causationID, trace, digests := newArray(textType, n, 36), newArray(textType, n, 55), newArray(byteaType, n, 32)
	c.digests = make([][32]byte, 0, len(c.sagas))
	for _, i := range c.order {
		for j := range c.batches[i].Sagas {
			s := &c.batches[i].Sagas[j]
			for k := range s.Events {
				e := &s.Events[k]
				number := s.ExpectedVersion + 1 + uint64(k)
				digest := eventstore.EventDigest(s.SagaID, number, *e)
				if k == 0 {
					c.digests = append(c.digests, digest)
				}
				lane.int16(int16(c.batches[i].Lane))
				id.bytes(s.SagaID[:])
				version.int64(int64(number))
				kind.text(e.Type)
				schema.int32(int32(e.SchemaVersion))
				payload.bytes(e.Payload)
				recordedAt.time(e.RecordedAt)
				causationID.text(e.CausationID)
				trace.text(e.Trace)
				digests.bytes(digest[:])
			}
		}
	}
	return values(lane, id, version, kind, schema, payload, recordedAt, causationID, trace, digests)
}

func values(arrays ...*array) [][]byte {
	out := make([][]byte, len(arrays))
	for i, a := range arrays {
		out[i] = a.value()
	}
	return out
}

// results reads the answer of append_v1: one row, in binary.
func (c *call) results(types *pgtype.Map, row [][]byte) ([]eventstore.LaneResult, error) {
	var firsts, heads, versions []int64
	var places []int32
	for i, place := range []any{&firsts, &heads, &places, &versions} {
		oid := uint32(pgtype.Int8ArrayOID)
		if i == 2 {
			oid = pgtype.Int4ArrayOID
		}
		if err := types.Scan(oid, pgtype.BinaryFormatCode, row[i], place); err != nil {
			return nil, fmt.Errorf("answer of append_v1: %w", err)
		}
	}
	results := make([]eventstore.LaneResult, len(c.batches))
	conflict, saga := 0, 0
	for n, i := range c.order {
		r := &results[i]
		*r = eventstore.LaneResult{Lane: c.batches[i].Lane, First: eventstore.Offset(firsts[n]), Head: eventstore.Offset(heads[n])}
		saga += len(c.batches[i].Sagas)
		for ; conflict < len(places) && int(places[conflict]) <= saga; conflict++ {
			id := c.sagas[places[conflict]-1].SagaID
			r.Conflicts = append(r.Conflicts, eventstore.Conflict{SagaID: id, Version: uint64(versions[conflict])})
		}
	}
	return results, nil
}
