package replay_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore/memory"
	"github.com/skald-go/skald/projections/projectiontest"
	"github.com/skald-go/skald/replay"
)

const conversation = "order-4711"

func newWorld(t *testing.T) *projectiontest.World {
	t.Helper()
	return projectiontest.New(t, memory.New(4), "recital")
}

// completed lives a trip in which all goes well.
func completed(w *projectiontest.World) domain.SagaID {
	id := w.Start(conversation)
	w.Now = w.Now.Add(40 * time.Millisecond)
	w.Reply(id, "book_hotel", domain.Forward, domain.ReplyStart, `{}`)
	w.Now = w.Now.Add(1500 * time.Microsecond)
	w.Reply(id, "book_flight", domain.Forward, domain.ReplyProgress, `{"fraction": 0.5, "stage": "seats"}`)
	w.Now = w.Now.Add(time.Second)
	w.Answer(id)
	w.Now = w.Now.Add(3 * time.Second)
	w.Answer(id)
	return id
}

// undone lives a trip in which the flight cannot be booked and the hotel is hard to cancel.
func undone(w *projectiontest.World) domain.SagaID {
	id := w.Start(conversation)
	w.Now = w.Now.Add(250 * time.Millisecond)
	w.Reply(id, "book_hotel", domain.Forward, domain.ReplyCompleted, `{"booking": "H-7", "note": "`+strings.Repeat("sea view ", 20)+`"}`)
	w.Reply(id, "book_flight", domain.Forward, domain.ReplyFailed, `{"error": "no seat\nleft", "code": "full"}`)
	w.Now = w.Now.Add(time.Second)
	w.Turn(id, domain.Tick{})
	w.Now = w.Now.Add(time.Minute)
	w.Turn(id, domain.Tick{}) // the second attempt times out: in doubt, so it is undone as well
	w.Now = w.Now.Add(time.Second)
	w.Reply(id, "book_hotel", domain.Back, domain.ReplyStart, `{}`)
	w.Reply(id, "book_hotel", domain.Back, domain.ReplyFailed, `{"error": "hotel closed"}`)
	w.Now = w.Now.Add(time.Minute)
	w.Turn(id, domain.Tick{})
	w.Answer(id)
	w.Now = w.Now.Add(time.Minute)
	w.Turn(id, domain.Tick{})
	w.Answer(id)
	return id
}

func TestReciteTellsEverySagaOfAConversation(t *testing.T) {
	w := newWorld(t)
	if id := completed(w); w.State(id).Status != domain.Completed {
		t.Fatalf("the trip is %s", w.State(id).Status)
	}
	w.Now = w.Now.Add(time.Hour)
	if id := undone(w); w.State(id).Status != domain.Compensated {
		t.Fatalf("the trip is %s", w.State(id).Status)
	}
	w.Start("another conversation")
	recital := recite(t, w, replay.Options{})
	golden(t, "conversation.txt", recital.WriteText)
	golden(t, "conversation.color", recital.WriteColor)
	golden(t, "conversation.json", recital.WriteJSON)
}

func TestReciteStopsAtAVersion(t *testing.T) {
	w := newWorld(t)
	completed(w)
	golden(t, "to_version.txt", recite(t, w, replay.Options{ToVersion: 5}).WriteText)
}

func TestReciteStopsAtAMoment(t *testing.T) {
	w := newWorld(t)
	completed(w)
	at := w.Now
	w.Now = w.Now.Add(time.Hour)
	undone(w)
	recital := recite(t, w, replay.Options{At: at})
	if len(recital.Sagas) != 1 || recital.Sagas[0].Later != 0 || recital.Sagas[0].State.Status != domain.Completed {
		t.Errorf("told %d sagas, the first with %d later events and %s", len(recital.Sagas), recital.Sagas[0].Later, recital.Sagas[0].State.Status)
	}
	golden(t, "at.txt", recite(t, w, replay.Options{At: projectiontest.Epoch.Add(time.Second)}).WriteText)
	golden(t, "before_the_start.txt", recite(t, w, replay.Options{At: projectiontest.Epoch.Add(-time.Second)}).WriteText)
}

func TestReciteTellsWhatOperatorsDid(t *testing.T) {
	w := newWorld(t)
	id := w.Start(conversation)
	w.Reply(id, "book_hotel", domain.Forward, domain.ReplyCompleted, `{}`)
	w.Now = w.Now.Add(time.Second)
	w.Turn(id, domain.Cancel{Actor: "anna@example.com", Reason: "plans changed\x1b[31m"})
	w.Answer(id)
	w.Answer(id)
	golden(t, "cancelled.txt", recite(t, w, replay.Options{}).WriteText)
}

// TestReciteGoesOnWhereItCannotRead: an event of a newer Skald does not silence the rest.
func TestReciteGoesOnWhereItCannotRead(t *testing.T) {
	w := newWorld(t)
	id := w.Start(conversation)
	w.Foreign(id)
	w.Reply(id, "book_hotel", domain.Forward, domain.ReplyCompleted, `{}`)
	recital := recite(t, w, replay.Options{})
	golden(t, "foreign_event.txt", recital.WriteText)
	if recital.Sagas[0].State.Version != 3 || recital.Sagas[0].Events[4].State != nil {
		t.Errorf("the state is told up to version %d", recital.Sagas[0].State.Version)
	}
}

// TestReciteIsTheFold: promise 3, at every version.
func TestReciteIsTheFold(t *testing.T) {
	w := newWorld(t)
	id := undone(w)
	last := w.State(id).Version
	for version := uint64(1); version <= last; version++ {
		saga := recite(t, w, replay.Options{ToVersion: version}).Sagas[0]
		if saga.State.Version != version || uint64(saga.Later) != last-version {
			t.Fatalf("to version %d: told up to %d, %d left out", version, saga.State.Version, saga.Later)
		}
		if version == last && !reflect.DeepEqual(saga.State, w.State(id)) {
			t.Fatalf("the state told differs from the state lived:\n%+v\n%+v", saga.State, w.State(id))
		}
	}
}

func TestReciteByStepSaysHowLongStepsTook(t *testing.T) {
	w := newWorld(t)
	undone(w)
	steps := recite(t, w, replay.Options{}).Sagas[0].ByStep
	if len(steps) != 2 || steps[0].Step != "book_hotel" || steps[0].Took != 250*time.Millisecond || steps[0].UndoAttempts != 2 {
		t.Errorf("steps: %+v", steps)
	}
}

func TestReciteOfNobody(t *testing.T) {
	if _, err := replay.Recite(t.Context(), memory.New(4), "nobody", replay.Options{}); !errors.Is(err, replay.ErrNoConversation) {
		t.Errorf("error: %v", err)
	}
}

func TestRecitalJSONHoldsPayloadsWhole(t *testing.T) {
	w := newWorld(t)
	undone(w)
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(recite(t, w, replay.Options{}).WriteJSON(write)) }()
	var back replay.Recital
	if err := json.NewDecoder(read).Decode(&back); err != nil {
		t.Fatal(err)
	}
	for _, e := range back.Sagas[0].Events {
		if e.Type == string(domain.TypeStepCompleted) && !strings.Contains(string(e.Payload), strings.Repeat("sea view ", 20)) {
			t.Errorf("payload cut: %s", e.Payload)
		}
	}
}

func recite(t *testing.T, w *projectiontest.World, options replay.Options) replay.Recital {
	t.Helper()
	recital, err := replay.Recite(t.Context(), w.Store, conversation, options)
	if err != nil {
		t.Fatal(err)
	}
	return recital
}
