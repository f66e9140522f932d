package router

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/engine"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/supervise"
)

// The groups of the router itself. All router processes share them.
const (
	ReplyGroup  = "skald_router"
	LetterGroup = "skald_dead_letters"
)

// ErrEnded says that subscriptions ended though nobody asked them to.
var ErrEnded = supervise.ErrEnded

// Router takes messages from the broker to the engine.
type Router struct {
	config Config
	desks  []*startDesk
}

// New checks what it is given; it names every fault. Nothing is read before Run.
func New(config Config) (*Router, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	desks, err := startDesksOf(config.Definitions)
	if err != nil {
		return nil, err
	}
	return &Router{config: config, desks: desks}, nil
}

// Run reads all streams until ctx ends; it then takes nothing new, lets the handlers at work finish, and returns nil.
// The engine must outlive it. Run returns an error when a stream cannot be read, when a subscription ends by itself
// (ErrEnded), or when handlers do not finish in time. It may be called once.
func (r *Router) Run(ctx context.Context) error {
	wires, err := supervise.NewRouter(r.config.Logger, r.config.CloseTimeout)
	if err != nil {
		return fmt.Errorf("make router: %w", err)
	}
	b := builder{config: r.config, router: wires}
	b.starts(r.desks)
	b.replies()
	b.letters()
	if b.err != nil {
		return b.err
	}
	r.config.Logger.InfoContext(ctx, "router listens", "start_streams", len(r.desks), "lanes", r.config.Store.Lanes())
	if err := supervise.Run(ctx, wires, b.handlers); err != nil {
		return fmt.Errorf("router stopped: %w", err)
	}
	return nil
}

// builder adds handlers to a Watermill router; the first error stands for all.
type builder struct {
	config   Config
	router   *message.Router
	handlers []*message.Handler
	err      error
}

func (b *builder) starts(desks []*startDesk) {
	for _, d := range desks {
		h := startHandler{desk: d, engine: b.config.Engine, log: b.config.Logger}
		b.add("start "+d.group+" on "+d.stream, d.stream, d.group, b.bothSinks(), h.handle, InFlight(b.config.StartsInFlight))
		b.config.Logger.Info("listening for starts", telemetry.FieldStream, d.stream, "group", d.group, "event_types", d.startable())
	}
}

// replies adds a handler for each lane. A lane's stream is read in order, as far as one saga is concerned.
func (b *builder) replies() {
	h := replyHandler{engine: b.config.Engine}
	for lane := range b.config.Store.Lanes() {
		b.add("replies "+strconv.Itoa(lane), engine.ReplyStream(eventstore.Lane(lane)), ReplyGroup, b.bothSinks(), h.handle)
	}
}

// letters adds the reader of DeadStream. Its own dead letters go to the store only: to the stream they would come back.
func (b *builder) letters() {
	store := StoreSink{Store: b.config.Store}
	b.add("dead letters", DeadStream, LetterGroup, store, letterHandler{sink: store, now: b.config.Now}.handle)
}

func (b *builder) bothSinks() middleware.Sink {
	return bothSinks{store: StoreSink{Store: b.config.Store}, stream: StreamSink{Broker: b.config.Broker}}
}

func (b *builder) add(name, stream, group string, sink middleware.Sink, handle message.NoPublishHandlerFunc, options ...SubscriberOption) {
	if b.err != nil {
		return
	}
	subscriber, err := b.config.Broker.Subscriber(group, options...)
	if err != nil {
		b.err = fmt.Errorf("read %s as %s: %w", stream, group, err)
		return
	}
	if err := EnsureGroup(subscriber, stream); err != nil {
		b.err = fmt.Errorf("create group %s on %s: %w", group, stream, err)
		return
	}
	handler := b.router.AddConsumerHandler(name, stream, subscriber, handle)
	handler.AddMiddleware(
		middleware.Trace(b.config.Tracer),
		middleware.Correlation,
		middleware.DeadLetter{Sink: sink, MaxDeliveries: b.config.MaxDeliveries, Now: b.config.Now, Logger: b.config.Logger}.Middleware,
		middleware.Retry{Logger: b.config.Logger}.Middleware,
		middleware.Recoverer,
	)
	b.handlers = append(b.handlers, handler)
}
