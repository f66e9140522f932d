package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/participant"
	"github.com/skald-go/skald/router/supervise"
)

// part is something that runs until its context ends.
type part struct {
	name string
	run  func(context.Context) error
	stop context.CancelFunc
	done chan struct{}
}

// Run runs everything until ctx ends, then stops in the order in which work flows: participants finish and answer, the
// router takes the answers in, the engine makes them durable, the projections see them. It returns nil after that, or,
// when a part ended by itself, that part's error after the others have stopped. It may be called once.
func (r *Runtime) Run(ctx context.Context) error {
	parts := []*part{
		{name: "participants", run: r.runParticipants},
		{name: "router", run: r.runRouter},
		{name: "redelivery", run: r.redeliver},
		{name: "engine", run: r.runEngine},
		{name: "projections", run: r.project},
	}
	ended := make(chan error, len(parts))
	for _, p := range parts {
		p.start(ctx, ended)
	}
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-ended: // parts return only when stopped, or with an error
	}
	for _, p := range parts {
		p.stop()
		<-p.done
	}
	close(ended)
	for err := range ended {
		cause = errors.Join(cause, err)
	}
	return cause
}

// start runs the part under a context that ends only when it is stopped, so that parts stop one after the other.
func (p *part) start(ctx context.Context, ended chan<- error) {
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	p.done = make(chan struct{})
	go func() {
		defer close(p.done)
		if err := p.run(ctx); err != nil && ctx.Err() == nil {
			ended <- fmt.Errorf("%s: %w", p.name, err)
		} else if err != nil && !errors.Is(err, context.Canceled) {
			ended <- fmt.Errorf("stopping the %s: %w", p.name, err)
		}
	}()
}

// again is the pause before a part whose connection broke off is run anew.
const again = time.Second

// keepRunning runs a part anew when its subscriptions end by themselves; any other error is final.
func (r *Runtime) keepRunning(ctx context.Context, name string, run func(context.Context) error) error {
	for {
		err := run(ctx)
		if ctx.Err() != nil || !errors.Is(err, supervise.ErrEnded) {
			return err
		}
		r.config.Logger.WarnContext(ctx, name+" lost its subscriptions and begins anew", telemetry.FieldError, err.Error(), telemetry.FieldWait, again)
		pause(ctx, again)
	}
}

// project keeps the projections in step, and at the end takes them to where the log ends, so that what is read at rest
// is complete.
func (r *Runtime) project(ctx context.Context) error {
	if err := r.Projections.Run(ctx); err != nil {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Drain/2)
	defer cancel()
	if err := r.Projections.CatchUp(last); err != nil {
		r.config.Logger.WarnContext(ctx, "the projections stop behind the log; the next start goes on from there", telemetry.FieldError, err.Error())
	}
	return nil
}

func (r *Runtime) runParticipants(ctx context.Context) error {
	if len(r.config.Participants) == 0 {
		<-ctx.Done()
		return nil
	}
	return r.keepRunning(ctx, "the participants", func(ctx context.Context) error {
		return participant.Run(ctx, r.Broker, r.config.Logger, r.config.Participants...)
	})
}

// runEngine runs the engine. A broker in this process holds nothing from before, which is a loss like any other: what is
// open is sent again first, while participants and router listen and no new saga can have begun, so that nothing is sent
// twice without need.
func (r *Runtime) runEngine(ctx context.Context) error {
	if r.forgets {
		r.redeliverOpen(ctx)
	}
	return r.Engine.Run(ctx)
}

// redeliver sends every open command again when the broker has lost what it held.
func (r *Runtime) redeliver(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.Broker.Lost():
			r.config.Logger.WarnContext(ctx, "the broker lost its messages; sending everything open again")
			r.redeliverOpen(ctx)
		}
	}
}

// redeliverOpen tries until it has worked: what is not sent again would wait for its deadline.
func (r *Runtime) redeliverOpen(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.Engine.RedeliverOpen(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.config.Logger.WarnContext(ctx, "open commands could not be sent again", telemetry.FieldError, err.Error(), telemetry.FieldWait, again)
		pause(ctx, again)
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
