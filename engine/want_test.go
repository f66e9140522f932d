package engine_test

import (
	"errors"
	"testing"

	"github.com/skald-go/skald/domain"
)

func wantRefused(t *testing.T, err error) {
	t.Helper()
	var refused *domain.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func wantIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
