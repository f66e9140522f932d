package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
)

// Engine runs sagas over one store. Its methods may be called concurrently, before Run too: they wait for it.
type Engine struct {
	config       Config
	lanes        int
	replyStreams []string // by lane
	definitions  *definitions
	alarms       *alarms
	sender       *sender

	queue    chan *submission
	running  atomic.Bool
	stopping chan struct{} // closed when nothing more is taken
	stopped  chan struct{} // closed when everything taken is finished or given up
}

// New makes an engine; it does nothing before Run. The error names every required field that is missing.
func New(config Config) (*Engine, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		config:   config,
		lanes:    config.Store.Lanes(),
		alarms:   newAlarms(),
		queue:    make(chan *submission, config.QueueLength),
		stopping: make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	e.definitions = newDefinitions(config.Store, e.now)
	e.sender = newSender(e)
	for lane := range e.lanes {
		e.replyStreams = append(e.replyStreams, ReplyStream(eventstore.Lane(lane)))
	}
	return e, nil
}

// Run runs the engine until ctx ends, and blocks. Then it takes nothing more (ErrStopping), decides and publishes what is
// queued, and returns nil; what is not finished within Config.DrainTimeout gets an error, and so does the caller of Run.
// An engine runs once.
func (e *Engine) Run(ctx context.Context) error {
	if e.running.Swap(true) {
		return errors.New("engine: Run was called before; make a new engine")
	}
	defer close(e.stopped)

	// The work goes on when ctx has ended, until it is done or its time is up.
	work, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abort(nil)

	var watchers, sending sync.WaitGroup
	watchers.Go(func() { e.runAlarms(ctx) })
	watchers.Go(func() { e.runScans(ctx) })
	sending.Go(func() { e.sender.run(work) })

	stop := context.AfterFunc(ctx, func() { close(e.stopping) })
	defer stop()
	deadline := context.AfterFunc(ctx, func() { e.abortAfter(work, abort) })
	defer deadline()

	newCommitter(e).run(work)
	watchers.Wait()
	e.sender.close()
	sending.Wait()
	if cause := context.Cause(work); cause != nil {
		return cause
	}
	return nil
}

// abortAfter cuts the drain short when its time is up.
func (e *Engine) abortAfter(work context.Context, abort context.CancelCauseFunc) {
	timer := time.NewTimer(e.config.DrainTimeout)
	defer timer.Stop()
	select {
	case <-timer.C:
		abort(fmt.Errorf("engine: not drained within %s; what was not finished will be found in the log at the next start", e.config.DrainTimeout))
	case <-work.Done():
	}
}

// now is the moment as it goes on record.
func (e *Engine) now() time.Time { return e.config.Now().UTC().Truncate(time.Microsecond) }

func (e *Engine) replyStream(id domain.SagaID) string {
	return e.replyStreams[eventstore.LaneOfSaga(id, e.lanes)]
}

func (e *Engine) logSaga(correlationID string, id domain.SagaID) *slog.Logger {
	return e.config.Logger.With(telemetry.FieldCorrelationID, correlationID, telemetry.FieldSagaID, id.String())
}
