package engine

import (
	"testing"
	"time"
)

func TestNextRedelivery(t *testing.T) {
	t0 := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) // the command is sent
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }
	const ack = 5 * time.Second
	// Deliveries: 0 (the first), 5, 15, 35, 75, 135, 195 … every 60 from there on.
	for _, c := range []struct {
		after time.Time
		want  int
	}{
		{time.Time{}, 5}, {at(0), 5}, {at(4), 5}, {at(5), 15}, {at(14), 15}, {at(15), 35}, {at(35), 75}, {at(74), 75},
		{at(75), 135}, {at(134), 135}, {at(135), 195}, {at(3600), 3615}, {at(3615), 3675},
	} {
		if got := nextRedelivery(at(5), ack, c.after); !got.Equal(at(c.want)) {
			t.Errorf("after %s: %s, want %s", c.after.Sub(t0), got.Sub(t0), time.Duration(c.want)*time.Second)
		}
	}
}

func TestNextRedeliveryOfALongAckTimeout(t *testing.T) {
	t0 := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if got := nextRedelivery(t0, time.Hour, t0); !got.Equal(t0.Add(maxRedelivery)) {
		t.Errorf("%s after the first redelivery, want %s", got.Sub(t0), maxRedelivery)
	}
	if got := nextRedelivery(t0, 0, t0); !got.After(t0) {
		t.Error("without an ack timeout there is no progress")
	}
}
