package middleware_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/skald-go/skald/router/middleware"
	"github.com/skald-go/skald/router/wire"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	parent  = "00-" + traceID + "-b7ad6b7169203331-01"
	child   = "00-" + traceID + "-00000000000000ff-01"
)

// recorder is a provider whose only span is the child above.
type recorder struct {
	embedded.TracerProvider
	names   []string
	parents []trace.SpanContext
	span    *span
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{recorder: r} }

type tracer struct {
	embedded.Tracer
	recorder *recorder
}

func (t tracer) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	r := t.recorder
	of := trace.SpanContextFromContext(ctx)
	r.names, r.parents = append(r.names, name), append(r.parents, of)
	r.span = &span{is: of.WithSpanID(trace.SpanID{7: 0xff}).WithRemote(false)}
	return trace.ContextWithSpan(ctx, r.span), r.span
}

type span struct {
	noop.Span
	is     trace.SpanContext
	status codes.Code
	ended  bool
}

func (s *span) SpanContext() trace.SpanContext      { return s.is }
func (s *span) SetStatus(code codes.Code, _ string) { s.status = code }
func (s *span) End(...trace.SpanEndOption)          { s.ended = true }

func TestASpanContinuesTheSendersTrace(t *testing.T) {
	r := &recorder{}
	produced := wire.FromFields(nil)
	h := middleware.Trace(r)(func(m *message.Message) ([]*message.Message, error) {
		if got := middleware.TraceParent(m.Context()); got != child {
			t.Errorf("traceparent of the work is %q, want %q", got, child)
		}
		return []*message.Message{produced}, nil
	})
	if _, err := h(incoming(1, "traceparent", parent)); err != nil {
		t.Fatal(err)
	}
	if r.names[0] != "process s" || r.parents[0].TraceID().String() != traceID || !r.parents[0].IsRemote() || !r.span.ended {
		t.Errorf("span %q under %v, ended %v", r.names[0], r.parents[0], r.span.ended)
	}
	if got := produced.Metadata["traceparent"]; got != child {
		t.Errorf("the produced message carries %q", got)
	}
}

func TestAnErrorMarksTheSpan(t *testing.T) {
	r, calls := &recorder{}, 0
	_, _ = middleware.Trace(r)(failing(&calls, errors.New("x")))(incoming(1))
	if r.span.status != codes.Error || !r.span.ended {
		t.Errorf("status %v, ended %v", r.span.status, r.span.ended)
	}
}

func TestWithoutAnSDKTheTraceIsPassedOn(t *testing.T) {
	h := middleware.Trace(nil)(func(m *message.Message) ([]*message.Message, error) {
		if got := middleware.TraceParent(m.Context()); got != parent {
			t.Errorf("traceparent %q, want %q", got, parent)
		}
		return nil, nil
	})
	if _, err := h(incoming(1, "traceparent", parent)); err != nil {
		t.Fatal(err)
	}
}
