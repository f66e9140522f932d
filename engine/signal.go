package engine

import (
	"context"

	"github.com/skald-go/skald/domain"
)

// Signal tells a saga something that one of its steps waits for, now or later. It returns when that is durable and what
// follows has been handed to the publisher once. A signal whose key was used before changes nothing. A
// *domain.RefusedError says that nothing waits for it.
func (e *Engine) Signal(ctx context.Context, id domain.SagaID, signal domain.Signal) error {
	cause := "signal:" + signal.Name
	if signal.Key != "" {
		cause += ":" + signal.Key
	}
	return e.submit(ctx, &submission{saga: id, trigger: signal, causationID: cause}, 0)
}
