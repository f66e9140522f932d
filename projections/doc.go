// Package projections keeps read models of the log: ordinary SQL tables, in the database that holds the log, to be
// queried and joined by anybody.
//
//	saga_status    one row for each saga: where it stands now
//	saga_steps     one row for each of its steps
//	correlations   one row for each conversation
//
// docs/tables.md describes every column. A program adds its own tables with the Projection interface.
//
// # How far the rows are
//
// A projection has one checkpoint for each lane: the offset of the last event whose effect is in its rows. The
// checkpoint moves in the transaction that writes the rows, and only from the place where the writer had read on from
// (compare and set under a row lock). So, whatever dies and however many processes run at once, each event has its
// effect exactly once, and rows are always those of one place in the log: a fresh fold of the history up to the
// checkpoint gives the same rows (promise 3).
//
// # What the rows are made of
//
// A row is a function of the saga's domain.State, and of the number of steps in its definition. A batch of events is
// folded in memory first, so that a saga is written once per batch, however much happened to it.
//
// # When something cannot be read
//
// A saga with an event that this process cannot fold (a type that only a newer Skald knows, a damaged payload) is
// parked: its rows stand still, the reason stands in projection_parked, and everything else goes on. Parked sagas are
// tried again when a process starts and every minute. An error of the database, or of a projection's own code, stops
// that projection until it works again; the others go on without it.
//
// # Rebuilding
//
// Rebuild reads the whole log into shadow tables and then makes the real ones equal to them, in one transaction and by
// writing only the rows that differ. Readers see the old rows and then the new ones, never anything in between; views
// and grants on the tables stay as they are.
package projections
