// Package redis is the broker on Redis Streams (Redis 6.2 or newer). It publishes by itself, in pipelines with ordered
// fields; it reads through the library watermill-redisstream, which is kept on a short lead.
//
// # What stands between the library and Redis
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
// # What is promised
//
// Delivery is at least once. Messages of one subscription come in the stream's order, one at a time, unless
// router.InFlight asks for more, which costs order: each one in flight is then a consumer of its own. A redelivery, by
// rejection excepted, comes after younger entries. Streams are not trimmed.
//
// Redis may lose everything at any time. Lost tells, by a beat counter kept in the key "skald:beat": a counter that is
// gone, or stands lower than a second ago, means that entries may be gone as well.
package redis
