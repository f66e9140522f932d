// Package domain says what a saga is: its definition, its events, its state, and the two functions that rule it.
//
//	Decide(def, state, input) -> events    what follows; changes nothing
//	Evolve(state, event)      -> state     what is so after it; judges nothing
//
// A saga's state is the fold of Evolve over its history and has no other input. Recovery is therefore the ordinary
// path: read the history, fold it, decide. Commands to send and moments to wake are recorded in the events themselves,
// so there is no instant between deciding and remembering.
//
// The package is pure: no clock, no randomness, no I/O, no context, no goroutine, no logging. Time and randomness
// arrive with the Input; ids are computed from what they name. A linter keeps it so (.golangci.yaml).
//
// docs/semantics.md states each rule in words; tests cite its rows.
package domain
