package inproc

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

func held(b *Broker, stream string) int {
	s, err := b.stream(stream)
	if err != nil {
		return -1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

func fill(t *testing.T, b *Broker, stream string, n int) {
	t.Helper()
	for i := range n {
		if err := b.publish(stream, message.NewMessage(strconv.Itoa(i), nil)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStreamWithoutGroupsKeepsItsNewest(t *testing.T) {
	b := New(Options{Retain: 3, DrainTimeout: time.Millisecond})
	fill(t, b, "s", 10)
	if n := held(b, "s"); n != 3 {
		t.Fatalf("%d entries held, want 3", n)
	}
	s, _ := b.Subscriber("g")
	messages, err := s.Subscribe(context.Background(), "s")
	if err != nil {
		t.Fatal(err)
	}
	if m := <-messages; m.UUID != "7" {
		t.Errorf("a new group begins with %s, want 7", m.UUID)
	} else {
		m.Nack()
	}
	_ = b.Close()
}

func TestEntriesGoWhenEveryGroupIsDone(t *testing.T) {
	b := New(Options{Retain: 3, DrainTimeout: time.Millisecond})
	one, _ := b.Subscriber("one")
	two, _ := b.Subscriber("two")
	first, err := one.Subscribe(context.Background(), "s")
	if err != nil {
		t.Fatal(err)
	}
	second, err := two.Subscribe(context.Background(), "s")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, "s", 20)
	for range 20 {
		(<-first).Ack()
	}
	if n := held(b, "s"); n != 20 {
		t.Fatalf("%d entries held while the second group needs 20", n)
	}
	for range 20 {
		(<-second).Ack()
	}
	b.closeSubscriptions() // the last acknowledgement is settled by then
	if n := held(b, "s"); n != 0 {
		t.Errorf("%d entries held though both groups are done", n)
	}
	_ = b.Close()
}

func TestAGroupThatNobodyReadsForHoldsBackABoundedNumber(t *testing.T) {
	b := New(Options{Retain: 3, DrainTimeout: time.Millisecond})
	if err := b.createGroup("s", "absent"); err != nil {
		t.Fatal(err)
	}
	fill(t, b, "s", 10)
	if n := held(b, "s"); n != 3 {
		t.Errorf("%d entries held, want 3", n)
	}
	_ = b.Close()
}

func TestIdleStreamsAreForgotten(t *testing.T) {
	now := time.UnixMilli(0)
	b := New(Options{ForgetAfter: time.Hour, Now: func() time.Time { return now }})
	fill(t, b, "idle", 1)
	if err := b.createGroup("idle", "g"); err != nil {
		t.Fatal(err)
	}
	s, _ := b.Subscriber("g")
	if _, err := s.Subscribe(context.Background(), "watched"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	fill(t, b, "other", 1)
	b.mu.Lock()
	_, idle := b.streams["idle"]
	_, watched := b.streams["watched"]
	b.mu.Unlock()
	if idle || !watched {
		t.Errorf("idle stream kept: %v, watched stream kept: %v", idle, watched)
	}
	_ = b.Close()
}
