// Package wire is the one place where protocol 1 meets Watermill: it turns envelopes into messages and back, and says
// where a message came from. Brokers, middlewares and both sides of the router share it; package router re-exports
// what users need.
//
// A message's metadata holds the fields of the entry under their own names, its payload the field "payload". Beside
// them stand a few internal keys, all beginning with "skald_", which never reach a stream.
package wire
