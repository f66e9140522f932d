package order

import (
	"context"

	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/router/participant"
)

// charge takes the money. Its way back returns it.
const (
	ChargeStep      = "charge"
	ChargeStream    = "payment:commands"
	ChargeGroup     = "payment_handler_group"
	ChargeEventType = "payment:charge"
	RefundEventType = "payment:refund"
)

// Charged is what was taken.
type Charged struct {
	Receipt string `json:"receipt"` // names the charge at the bank: its idempotency key
	Amount  int    `json:"amount"`  // in cents
}

// Refunded is what was returned: 0 if nothing had been taken.
type Refunded struct {
	Amount int `json:"amount"` // in cents
}

func charge(c *crew.Crew) participant.Handler {
	return participant.Handle(ChargeEventType, func(ctx context.Context, in Request, p participant.Progress) (Charged, error) {
		action := crew.Action{Step: ChargeStep, Stage: "charging the card", FailAt: in.FailAt}
		return crew.Do(ctx, c, p, action, func() (Charged, error) {
			if in.Amount < 0 {
				return Charged{}, crew.Refuse("card_declined", "a negative amount cannot be charged")
			}
			return Charged{Receipt: p.Command().IdempotencyKey, Amount: in.Amount}, nil
		})
	}, participant.Stream(ChargeStream), participant.Group(ChargeGroup), participant.Concurrency(crew.Concurrency))
}

func refund(c *crew.Crew) participant.Handler {
	return participant.Handle(RefundEventType, func(_ context.Context, _ Request, p participant.Progress) (Refunded, error) {
		return crew.Undo(c, p, "refunding", func(answer Charged, _ bool) (Refunded, error) {
			return Refunded{Amount: answer.Amount}, nil
		})
	}, participant.Stream(ChargeStream), participant.Group(ChargeGroup), participant.Concurrency(crew.Concurrency))
}
