package engine

import (
	"context"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
)

const (
	scanPage = 512
	// scanShare bounds the part of the time that scanning takes: a scan is followed by a pause of at least that many
	// times its own duration.
	scanShare = 20
)

// runScans looks for what is due and belongs to nobody, at once and then again and again: the alarms of processes that
// died, and those of this one before its restart.
func (e *Engine) runScans(ctx context.Context) {
	grace := time.Duration(0)
	for {
		began := e.config.Now()
		if err := e.scan(ctx, grace); err != nil && ctx.Err() == nil {
			e.config.Logger.Warn("the scan for what is due failed and will be repeated", telemetry.FieldError, err)
		} else {
			grace = e.config.Grace
		}
		timer := time.NewTimer(max(e.config.ScanInterval, scanShare*e.config.Now().Sub(began)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// scan sets an alarm for every open saga that has none here and falls due before the next scan.
func (e *Engine) scan(ctx context.Context, grace time.Duration) error {
	for lane := range e.lanes {
		var after domain.SagaID
		for {
			heads, err := e.config.Store.OpenSagas(ctx, eventstore.Lane(lane), after, scanPage)
			if err != nil {
				return err
			}
			if len(heads) == 0 {
				break
			}
			horizon := e.now().Add(e.config.ScanInterval)
			for i := range heads {
				if due := heads[i].NextDue; !due.IsZero() && !due.Add(grace).After(horizon) {
					e.alarms.setIfAbsent(heads[i].SagaID, due.Add(grace))
				}
			}
			after = heads[len(heads)-1].SagaID
		}
	}
	return nil
}
