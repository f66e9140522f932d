package domain

import (
	"bytes"
	"errors"
	"testing"
)

func TestUpcastersAreAppliedInTurn(t *testing.T) {
	t.Parallel()
	add := func(text string) upcaster {
		return func(payload []byte) ([]byte, error) { return append(bytes.Clone(payload), text...), nil }
	}
	broken := errors.New("no such shape")
	table := upcasterTable{
		TypeStepFailed:    {1: add("b"), 3: add("d")}, // version 2 to 3 changed nothing
		TypeStepCompleted: {2: func([]byte) ([]byte, error) { return nil, broken }},
	}
	for _, tt := range []struct {
		fact     FactType
		from, to int
		want     string
	}{
		{TypeStepFailed, 1, 4, "abd"},
		{TypeStepFailed, 2, 4, "ad"},
		{TypeStepFailed, 1, 2, "ab"},
		{TypeStepFailed, 4, 4, "a"},
		{TypeStepStarted, 1, 4, "a"},
	} {
		got, err := table.lift(tt.fact, tt.from, tt.to, []byte("a"))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s from %d to %d: got %q, %v; want %q", tt.fact, tt.from, tt.to, got, err, tt.want)
		}
	}
	if _, err := table.lift(TypeStepCompleted, 1, 4, nil); !errors.Is(err, broken) {
		t.Errorf("error is %v, want one that wraps the upcaster's", err)
	}
}
