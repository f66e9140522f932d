package memory_test

import (
	"testing"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/eventstoretest"
	"github.com/skald-go/skald/eventstore/memory"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	eventstoretest.Run(t, func(testing.TB) eventstore.Store { return memory.New(0) })
}

func TestNewRefusesTooManyLanes(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New did not panic")
		}
	}()
	memory.New(eventstore.MaxLanes + 1)
}
