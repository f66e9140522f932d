package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router/middleware"
)

func TestErrorsAreOfOneKind(t *testing.T) {
	cases := []struct {
		err                  error
		permanent, transient bool
	}{
		{errors.New("unknown"), false, false},
		{fmt.Errorf("wrapped: %w", middleware.Permanent(errors.New("x"))), true, false},
		{fmt.Errorf("wrapped: %w", middleware.Transient(errors.New("x"))), false, true},
		{fmt.Errorf("append: %w", eventstore.ErrUnavailable), false, true},
		{fmt.Errorf("append: %w", eventstore.ErrAmbiguous), false, true},
		{context.Canceled, false, true},
		{context.DeadlineExceeded, false, true},
		{&middleware.PanicError{Value: 1}, false, false},
	}
	for _, c := range cases {
		if p, tr := middleware.IsPermanent(c.err), middleware.IsTransient(c.err); p != c.permanent || tr != c.transient {
			t.Errorf("%v: permanent %v, transient %v", c.err, p, tr)
		}
	}
	if middleware.Permanent(nil) != nil || middleware.Transient(nil) != nil {
		t.Error("marking nil made an error of it")
	}
}
