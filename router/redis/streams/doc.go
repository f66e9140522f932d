// Package streams is Skald's own transport on Redis Streams, behind Watermill's interfaces.
//
// A subscription is one consumer of its group. It has three parts:
//
//	reader ──entries──▶ window ──deliveries──▶ handlers
//	                      ▲                        │
//	                      └──── gone ◀── words ◀───┘  acknowledged, or rejected
//
// The reader, on a connection of its own, asks for as many entries as there is room for (XREADGROUP COUNT) and waits on
// the server when there is none. The window holds every entry that the server has as the consumer's, and hands out
// those of one key (saga id, else correlation id) one at a time, in the stream's order. Words are what the server is to
// be told; those of all subscriptions share round trips, and while one is under way the next ones gather.
//
// # How it fails
//
//   - The process dies: a successor of the same name takes up the consumer's entries first; without one the other
//     consumers claim them after Options.TakeOver (XAUTOCLAIM, page after page).
//   - A handler is slow: the lease of its entry is renewed three times within TakeOver, so nobody else begins with it.
//   - The process stands still for longer than TakeOver: others take its entries; it takes none of them back.
//   - An answer is lost on the way: its entries are the consumer's on the server and unknown here. After every failed
//     read the consumer therefore looks for its own before it asks for new ones.
//   - The group is lost: it is made anew, with its stream, from the first entry.
//   - An entry is no message of the protocol: it is delivered as it is; handlers reject what they cannot read for good,
//     and the dead-letter middleware sets it aside. An entry that was removed before it was handled is acknowledged.
//   - A handler rejects a message: it comes again after a pause, its key waits, and other keys go on. The server is told
//     how often it was delivered.
//   - A subscription ends while handlers work: it waits for them, up to the drain time, then for the server to take
//     their words; what is left is released, so that others need not wait for TakeOver.
//
// Delivery is at least once. Order within a key is kept within a subscription only; an entry that another consumer
// takes over may come after younger ones of its key.
//
// # Trimming
//
// At intervals the entries that all groups of a stream have acknowledged are removed from the streams that are read
// here, by exact ids. Redis does that in one step with looking, so that a group made meanwhile loses nothing.
package streams
