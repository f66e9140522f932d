package skald_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/skald-go/skald"
)

type Order struct {
	Item string `json:"item"`
}

type Done struct{}

// say is a handler that tells what it did.
func say(verb string) func(context.Context, Order, skald.Progress) (Done, error) {
	return func(_ context.Context, o Order, _ skald.Progress) (Done, error) {
		fmt.Println(verb, "the", o.Item)
		return Done{}, nil
	}
}

func decline(context.Context, Order, skald.Progress) (Done, error) {
	return Done{}, skald.Permanent(errors.New("card declined"))
}

// A saga of two steps, defined and handled in one program. The card is declined, so the item is released again.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	rt := must(skald.Open(ctx, skald.Options{Store: "memory:"}))

	check(rt.Publish(ctx, must(skald.Define("order").Version(1).
		Step("reserve").Command("stock:commands", "stock:reserve").Compensate("stock:commands", "stock:release").
		Step("charge").Command("payment:commands", "payment:charge").
		Build())))
	check(rt.Handle(
		skald.On("stock:reserve", say("reserved")),
		skald.On("stock:release", say("released")),
		skald.On("payment:charge", decline),
	))
	ended := make(chan error, 1)
	go func() { ended <- rt.Run(ctx) }()

	started := must(rt.Start(ctx, "order", Order{Item: "lamp"}))
	saga := must(rt.Await(ctx, started.SagaID))
	fmt.Println(saga.Status)

	stop()
	check(errors.Join(<-ended, rt.Close()))
	// Output:
	// reserved the lamp
	// released the lamp
	// compensated
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
