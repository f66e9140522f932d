// Package engine is the shell around the pure core: it loads, folds, decides and appends, in batches over all lanes,
// sends what the events say is to be sent, and wakes sagas when something is due.
//
//	Start, Reply, Operate… ▶ queue ──▶ committer ──▶ store          what follows is decided and made durable
//	        ▲                  ▲           │
//	        │                  │           ▼
//	        │                alarms ◀── sender ──▶ Publisher        then it is sent, then the submitter hears of it
//	        └──────────────────────────────┘
//
// # What is durable when
//
// A submit returns after its events are durable and after one attempt to publish what follows from them; only then may
// the message that caused it be acknowledged. What could not be published stands in the log and is published later:
// the append is the outbox write.
//
// # One committer
//
// One goroutine owns everything that is decided. It takes whatever is queued, without waiting for more, decides it in
// memory and appends it for all lanes in one transaction; the next batch is decided while that transaction commits. At
// most one append is in flight, and a saga that takes part in it is held back for the batch after. States are kept in a
// cache that is written only after a successful append, so a failed one leaves nothing to undo.
//
// # Memory is a hint
//
// Another process may have written to the same sagas. A decision with events is safe whatever it rests on, because the
// store compares versions: the loser reads again and decides again. A decision without events (a refusal, a duplicate)
// has no such guard, so one that rests on the cache is checked against the history before it is believed.
//
// # How it fails
//
//   - The store is away: all submits of the batch get its error and may be repeated; the cache forgets their sagas.
//   - The outcome of an append is unknown (eventstore.ErrAmbiguous): the same. A repeated input that did take effect is
//     recognised as a duplicate, and what it caused is sent again.
//   - The broker is away: appends go on, sending stops, the sagas concerned are remembered and sent from their histories
//     when a probe succeeds (200ms to 5s between probes).
//   - The process dies: another one, or the next start, finds what is due by its scan of the open sagas.
package engine
