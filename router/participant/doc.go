// Package participant is the participant's side of a saga in Go: typed handlers for commands. For each command it sends
// start, then the handler's progress, then completed or failed, with the command's request id, to the command's reply
// stream.
//
//	allocate := participant.Handle("resources:allocate",
//		func(ctx context.Context, in Allocate, p participant.Progress) (Allocated, error) {
//			p.Report(0.5, "allocating")
//			…
//		},
//		participant.Group("resources_allocator_group"))
//	err := participant.Run(ctx, broker, logger, allocate)
//
// # What a handler must know
//
// Commands are delivered at least once. A handler that has an effect outside keeps the idempotency keys that it has
// served (Progress.Command carries the key, which is the same for all attempts of one step in one direction) and
// answers a second delivery with the first one's result.
//
// An error is answered as failed; the saga retries the step as its definition says. An error wrapped by Permanent is
// answered as failed and not retryable: a declined card, a missing customer. "failed" means that nothing was done; a
// handler that cannot know must do the work again or undo it before it answers.
package participant
