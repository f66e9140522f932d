// Package skald runs sagas: work that spans several services, where every step has a way back. Each saga is kept as a
// history of immutable events, so that what happened can be recited, and a process that dies takes nothing with it.
//
// A program that embeds Skald defines a saga (Define), opens a Runtime (Open), handles the steps it is responsible for
// (Runtime.Handle, On), runs it (Runtime.Run) and starts sagas (Runtime.Start):
//
//	order, err := skald.Define("order").Version(1).
//		Step("reserve").Command("stock:commands", "stock:reserve").Compensate("stock:commands", "stock:release").
//		Step("charge").Command("payment:commands", "payment:charge").
//		Build()
//
// Steps may as well be handled by other processes, in any language, that read the same broker; docs/protocol.md says
// how. Those who rather run Skald as a server than embed it find everything in the command skald (cmd/skald).
//
// What is promised:
//
//   - a saga that was started ends: completed, compensated or cancelled, or it is stuck, visibly, and waits for a person;
//   - a command is delivered at least once, always under the same idempotency key: a participant that keeps the keys it
//     has served does each thing once;
//   - a compensation runs for exactly the steps that were done or whose outcome is in doubt, in reverse order;
//   - the state of a saga is the fold of its history, and of nothing else.
//
// docs/semantics.md states each rule in words. This package only re-exports; the parts are domain (what a saga is),
// eventstore, engine, router and projections.
package skald
