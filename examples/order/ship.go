package order

import (
	"context"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// ship hands the parcel to the carrier. Its way back calls the parcel off. examples/python is the same participant in
// another language.
const (
	ShipStep        = "ship"
	ShipStream      = "shipping:commands"
	ShipGroup       = "shipping_handler_group"
	ShipEventType   = "shipping:ship"
	CancelEventType = "shipping:cancel"
)

// Shipped names the parcel.
type Shipped struct {
	Parcel string `json:"parcel"`
}

// CalledOff tells whether there was a parcel to call off.
type CalledOff struct {
	CalledOff bool `json:"called_off"`
}

func ship(c *crew.Crew) participant.Handler {
	return participant.Handle(ShipEventType, func(ctx context.Context, in Request, p participant.Progress) (Shipped, error) {
		action := crew.Action{Step: ShipStep, Stage: "handing over the parcel", FailAt: in.FailAt}
		return crew.Do(ctx, c, p, action, func() (Shipped, error) {
			return Shipped{Parcel: "parcel-" + p.Command().SagaID}, nil
		})
	}, participant.Stream(ShipStream), participant.Group(ShipGroup), participant.Concurrency(crew.Concurrency))
}

func cancelShipment(c *crew.Crew) participant.Handler {
	return participant.Handle(CancelEventType, func(_ context.Context, _ Request, p participant.Progress) (CalledOff, error) {
		return crew.Undo(c, p, "calling the parcel off", func(_ Shipped, done bool) (CalledOff, error) {
			return CalledOff{CalledOff: done}, nil
		})
	}, participant.Stream(ShipStream), participant.Group(ShipGroup), participant.Concurrency(crew.Concurrency))
}
