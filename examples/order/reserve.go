package order

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// reserve sets stock aside. Its way back puts it on the shelf again.
const (
	ReserveStep      = "reserve"
	ReserveStream    = "inventory:commands"
	ReserveGroup     = "inventory_handler_group"
	ReserveEventType = "inventory:reserve"
	ReleaseEventType = "inventory:release"
)

// Stock is how many pieces of an item the shop can set aside for one order.
const Stock = 100

// Reserved is what was set aside.
type Reserved struct {
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
}

func reserve(c *crew.Crew) participant.Handler {
	return participant.Handle(ReserveEventType, func(ctx context.Context, in Request, p participant.Progress) (Reserved, error) {
		action := crew.Action{Step: ReserveStep, Stage: "reserving stock", FailAt: in.FailAt}
		return crew.Do(ctx, c, p, action, func() (Reserved, error) {
			if in.Quantity < 1 || in.Quantity > Stock {
				return Reserved{}, crew.Refuse("out_of_stock", fmt.Sprintf("quantity is %d; an order can have 1 to %d pieces", in.Quantity, Stock))
			}
			return Reserved{Item: in.Item, Quantity: in.Quantity}, nil
		})
	}, participant.Stream(ReserveStream), participant.Group(ReserveGroup), participant.Concurrency(crew.Concurrency))
}

func unreserve(c *crew.Crew) participant.Handler {
	return participant.Handle(ReleaseEventType, func(_ context.Context, _ Request, p participant.Progress) (Reserved, error) {
		// What is given back is what had been reserved: nothing, if the reservation has not been made.
		return crew.Undo(c, p, "releasing stock", func(answer Reserved, _ bool) (Reserved, error) { return answer, nil })
	}, participant.Stream(ReserveStream), participant.Group(ReserveGroup), participant.Concurrency(crew.Concurrency))
}
