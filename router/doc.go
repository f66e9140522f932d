// Package router connects sagas to streams. It wires a Watermill router: one handler for each start stream, one for
// each lane's reply stream, one for the stream of dead letters; every message goes through the middlewares of
// router/middleware and ends as one call of the engine, which returns when what follows from it is durable. Only then
// is the message acknowledged: delivery is at least once, and in order for each saga.
//
// What carries the messages is a Broker: router/inproc within one process, router/redis on Redis Streams. The
// participant's side is router/participant; ReadReplies waits for replies from outside a saga.
package router
