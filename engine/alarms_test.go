package engine

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func sagaNumber(n byte) domain.SagaID { return domain.SagaID{n} }

func popped(a *alarms, now time.Time, limit int) (ids []byte) {
	for _, item := range a.pop(now, limit) {
		ids = append(ids, item.saga[0])
	}
	return ids
}

func TestAlarmsGoOffInOrder(t *testing.T) {
	a := newAlarms()
	for _, n := range []byte{3, 1, 4, 2, 5} {
		a.set(sagaNumber(n), noon.Add(time.Duration(n)*time.Second), time.Time{})
	}
	a.set(sagaNumber(4), noon.Add(10*time.Second), time.Time{}) // later
	a.set(sagaNumber(2), time.Time{}, time.Time{})              // never
	if got := popped(a, noon.Add(3*time.Second), 10); string(got) != "\x01\x03" {
		t.Errorf("popped %v", got)
	}
	if at, ok := a.next(); !ok || !at.Equal(noon.Add(5*time.Second)) {
		t.Errorf("next %s", at)
	}
	if got := popped(a, noon.Add(time.Minute), 1); string(got) != "\x05" {
		t.Errorf("popped %v with a limit", got)
	}
}

func TestAlarmOfASagaBeingWokenIsNotScanned(t *testing.T) {
	a := newAlarms()
	a.set(sagaNumber(1), noon, time.Time{})
	a.pop(noon, 1)
	if a.setIfAbsent(sagaNumber(1), noon) {
		t.Error("it was set a second time")
	}
	a.set(sagaNumber(1), time.Time{}, noon) // the wake is over, and the saga too
	if !a.setIfAbsent(sagaNumber(1), noon) {
		t.Error("it is still on the books")
	}
}

func TestUnsentSurvivesTheEndOfTheSaga(t *testing.T) {
	a := newAlarms()
	a.set(sagaNumber(1), noon.Add(time.Hour), noon)
	a.noteUnsent(sagaNumber(1), 7, noon.Add(time.Second))
	a.noteUnsent(sagaNumber(1), 9, noon.Add(2*time.Second))
	a.set(sagaNumber(1), time.Time{}, noon)
	due := a.pop(noon.Add(2*time.Second), 10)
	if len(due) != 1 || due[0].unsentFrom != 7 {
		t.Fatalf("popped %+v, want what is unsent from version 7 on", due)
	}
}

// TestAlarmsAgainstAList compares the queue with the obvious way to do it.
func TestAlarmsAgainstAList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a, list := newAlarms(), map[byte]time.Time{}
	now := noon
	for range 20_000 {
		n := byte(random.IntN(50))
		switch random.IntN(4) {
		case 0:
			a.set(sagaNumber(n), time.Time{}, now)
			delete(list, n)
		case 1, 2:
			due := now.Add(time.Duration(random.IntN(100)) * time.Second)
			a.set(sagaNumber(n), due, now)
			list[n] = due
		default:
			now = now.Add(time.Duration(random.IntN(20)) * time.Second)
			for _, id := range popped(a, now, 1000) {
				if due, ok := list[id]; !ok || due.After(now) {
					t.Fatalf("saga %d went off at %s, due %s", id, now, due)
				}
				delete(list, id)
			}
			for id, due := range list {
				if !due.After(now) {
					t.Fatalf("saga %d, due %s, did not go off at %s", id, due, now)
				}
			}
		}
	}
}
