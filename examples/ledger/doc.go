// Package ledger makes the examples' participants idempotent. Commands arrive at least once: after a crash, a lost
// broker or a time-out the same intention is asked for again, under the same idempotency key. A ledger remembers each
// key it has served, with the answer, so that the second delivery gets the first one's answer and nothing is done
// twice.
//
// A compensation can overtake its action, or arrive although the action never did. It therefore leaves a tombstone
// under the action's key; an action that comes late is refused with ErrUndone instead of doing what was just undone.
//
// Keys are those of protocol 1 (docs/protocol.md): "<saga id>:<step>:action" and "<saga id>:<step>:compensation". The
// two directions of one step exclude each other while they run.
//
// In a real service the ledger is a table in the service's own database, and the entry is written in the transaction
// that does the work. In the examples the entry is the work: what is written down is what has happened.
package ledger
