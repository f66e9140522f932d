// Package redis is the broker on Redis Streams (Redis 6.2 or newer).
//
// It publishes in pipelines that concurrent callers share, with the fields in their order. It reads through one of two
// transports, which pass the same tests: package streams, Skald's own, or package library, which puts
// watermill-redisstream on a short lead (Options.Transport).
//
// What is promised is in router.Broker. Delivery is at least once. With the library's transport messages come one at a
// time, unless router.InFlight asks for more, which costs order. A redelivery, by rejection excepted, comes after
// younger entries.
//
// Redis may lose everything at any time. Lost tells, by a beat counter kept in the key "skald:beat": a counter that is
// gone, or stands lower than a second ago, means that entries may be gone as well.
package redis
