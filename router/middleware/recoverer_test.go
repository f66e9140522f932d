package middleware_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router/middleware"
)

func TestAPanicBecomesAnErrorWithItsStack(t *testing.T) {
	h := middleware.Recoverer(func(*message.Message) ([]*message.Message, error) { panic("boom") })
	_, err := h(incoming(1))
	var panicked *middleware.PanicError
	if !errors.As(err, &panicked) || err.Error() != "panic: boom" || !strings.Contains(panicked.Stack, "recoverer_test.go") {
		t.Errorf("error %v", err)
	}
}

func TestWithoutAPanicNothingChanges(t *testing.T) {
	want, out := errors.New("x"), []*message.Message{incoming(1)}
	h := middleware.Recoverer(func(*message.Message) ([]*message.Message, error) { return out, want })
	if produced, err := h(incoming(1)); !errors.Is(err, want) || len(produced) != 1 {
		t.Errorf("got %v, %v", produced, err)
	}
}
