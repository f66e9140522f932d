// Package inproc is a broker within one process: streams in memory, with consumer groups, behind Watermill's
// interfaces. It needs nothing installed and forgets everything when the process ends, which Skald's promises allow:
// the event store is the only source of truth.
//
// # Delivery
//
// A group delivers many messages at once, up to Options.InFlight, but those of one key (saga id, else correlation id)
// strictly in the stream's order, one at a time. Watermill's router starts a goroutine for every message it receives;
// without this rule a saga's "completed" would overtake its "start". The rule holds for the whole group, however many
// subscribers share it. A rejected message keeps its key until it comes again, so nothing of that saga passes it.
//
// # Retention
//
// An entry is kept until every group of its stream has acknowledged it. A stream without any group, and a group that
// nobody reads for, hold back at most Options.Retain entries; older ones are dropped. A stream without readers that
// nothing was published to for Options.ForgetAfter is forgotten with its groups, so that a reply stream per
// conversation does not add up.
package inproc
