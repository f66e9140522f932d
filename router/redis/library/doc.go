// Package library reads Redis Streams through watermill-redisstream, which is kept on a short lead. It is there for
// comparison, and for those who want the library's behaviour; package streams is the default.
//
// Each subscription of the library is given a client of its own making (link), which looks like a Redis client and
//
//   - writes the entry's id and delivery count into what is read, which the library would drop;
//   - reads nothing ahead: while an entry is being handled, other consumers get the next one;
//   - keeps the lease of the entries being handled, so that a slow handler is not overtaken by a second one, while a
//     consumer that died loses its entries after Options.TakeOver;
//   - takes the consumer's own unfinished entries first after a restart;
//   - makes a lost group anew (NOGROUP), from the stream's beginning, instead of failing for ever;
//   - waits out a server that is away, with one line in the log instead of two a second;
//   - does not close the connection that others use.
//
// Above the library a forwarder detaches the messages' contexts and, when a subscription ends, waits until what is in
// flight is acknowledged on the server; what remains is handed to the other consumers at once.
//
// Messages of one subscription come in the stream's order, one at a time, unless the subscriber asks for more in
// flight, which costs order: each one is then a consumer of its own, with a connection of its own. Nothing is trimmed.
package library
