package eventstore_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// The digest is part of the stored format: histories that were written stay verifiable.
func TestDigestNeverChanges(t *testing.T) {
	id := domain.NewSagaID(time.UnixMilli(1_772_366_400_000), "c1", [8]byte{1, 2, 3, 4, 5, 6, 7, 8})
	digest := eventstore.EventDigest(id, 3, eventstore.NewEvent{
		Type: "StepCompleted", SchemaVersion: 1, Payload: []byte(`{"step":"reserve"}`), CausationID: "17-0",
		RecordedAt: time.UnixMicro(1_772_366_400_123_456),
	})
	const want = "fa555df9b127e180ca8db4bfc39ce4c01af0be4c7416d47ba6fec47d877755d6"
	if got := hex.EncodeToString(digest[:]); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestDigestTellsEveryPartApart(t *testing.T) {
	base := eventstore.NewEvent{Type: "A", SchemaVersion: 1, Payload: []byte("{}"), CausationID: "c", RecordedAt: time.UnixMicro(1)}
	seen := map[[32]byte]string{eventstore.EventDigest(domain.SagaID{1}, 1, base): "base"}
	for name, change := range map[string]func(*eventstore.NewEvent){
		"type":    func(e *eventstore.NewEvent) { e.Type = "B" },
		"schema":  func(e *eventstore.NewEvent) { e.SchemaVersion = 2 },
		"payload": func(e *eventstore.NewEvent) { e.Payload = []byte("{ }") },
		"cause":   func(e *eventstore.NewEvent) { e.CausationID = "d" },
		"trace":   func(e *eventstore.NewEvent) { e.Trace = "t" },
		"time":    func(e *eventstore.NewEvent) { e.RecordedAt = time.UnixMicro(2) },
		"borders": func(e *eventstore.NewEvent) { e.Type, e.CausationID = "Ac", "" },
	} {
		e := base
		change(&e)
		digest := eventstore.EventDigest(domain.SagaID{1}, 1, e)
		if other, twice := seen[digest]; twice {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[digest] = name
	}
}
