package order

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/document"
	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/router/participant"
)

// Name is the name of the saga's definition.
const Name = "order"

//go:embed order.yaml
var source []byte

// Definition is the saga's definition, read from order.yaml.
func Definition() *domain.Definition {
	definition, err := document.Parse("order.yaml", source)
	if err != nil {
		panic(fmt.Sprintf("the order.yaml of this build is broken: %v", err)) // a test of this package holds it whole
	}
	return definition
}

// Request is what an order asks for: the input of the saga, and therefore part of every command's payload.
type Request struct {
	Item     string `json:"item"`
	Quantity int    `json:"quantity"`
	Amount   int    `json:"amount"` // to charge, in cents
	// FailAt names a step that shall fail for good, to see the way back; "" for none.
	FailAt string `json:"fail_at,omitempty"`
}

// Options configures the participants of an order. The zero Options is ready for use.
type Options struct {
	// Ledger remembers what was done; nil means one in memory, which forgets it when the process ends.
	Ledger *ledger.Ledger
	// Delay is how long each action takes before its effect; 0 means no time at all.
	Delay time.Duration
}

// Handlers are the participants of an order, one for each event type. They share one ledger.
func Handlers(o Options) []participant.Handler {
	c := crew.New(o.Ledger, o.Delay)
	return []participant.Handler{
		reserve(c), unreserve(c),
		charge(c), refund(c),
		ship(c), cancelShipment(c),
	}
}
