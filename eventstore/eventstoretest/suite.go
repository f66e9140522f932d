// Package eventstoretest is the one suite that every event store driver passes. A new promise of eventstore.Store
// begins as a case here.
package eventstoretest

import (
	"testing"

	"github.com/skald-go/skald/eventstore"
)

// OpenFunc opens a new, empty store and closes it when t ends.
type OpenFunc func(t testing.TB) eventstore.Store

// testCase is one promise, checked on a store of its own.
type testCase struct {
	name string
	run  func(t *testing.T, store eventstore.Store)
}

// Run holds a driver to the contract of eventstore.Store. Cases run in parallel, each with a store of its own.
func Run(t *testing.T, open OpenFunc) {
	groups := []struct {
		operation string
		cases     []testCase
	}{
		{"Append", appendCases},
		{"AppendConflict", conflictCases},
		{"AppendInvalid", invalidCases},
		{"AppendConcurrently", concurrencyCases},
		{"ReadLane", readLaneCases},
		{"ReadSagas", readSagasCases},
		{"SagaHeads", sagaHeadsCases},
		{"Appended", appendedCases},
		{"Definitions", definitionCases},
		{"DeadLetters", deadLetterCases},
		{"Context", contextCases},
	}
	for _, group := range groups {
		t.Run(group.operation, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, open(t))
				})
			}
		})
	}
}
