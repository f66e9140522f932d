package domain

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// EncodeFact is the stored form of a fact: a JSON object in the shapes of SchemaVersion. Raw payloads are copied as they
// stand. The error names a field that JSON or the store cannot hold; a fact that Decide made has none.
//
// Encoding is written by hand because it stands on the path of every append; TestCodecCoversEveryFact holds it to the
// struct tags, by which the decoder reads.
func EncodeFact(f Fact) ([]byte, error) { return AppendFact(make([]byte, 0, sizeOf(f)), f) }

// sizeOf guesses the length of an encoded fact, high enough that most are not moved while they grow.
func sizeOf(f Fact) int {
	switch f := f.(type) {
	case SagaStarted:
		return 384 + len(f.Input)
	case StepCommanded:
		return 320 + len(f.Payload)
	case CompensationCommanded:
		return 320 + len(f.Payload)
	case StepCompleted:
		return 96 + len(f.Output)
	case CompensationCompleted:
		return 96 + len(f.Output)
	case SignalReceived:
		return 96 + len(f.Payload)
	default:
		return 128
	}
}

// AppendFact appends EncodeFact(f) to dst. On an error what it returns is of no use.
func AppendFact(dst []byte, f Fact) ([]byte, error) {
	o := object{dst: append(dst, '{')}
	switch f := f.(type) {
	case SagaStarted:
		o.text("correlation_id", f.CorrelationID)
		o.key("definition")
		o.ref(f.Definition)
		o.raw("input", f.Input)
		o.textIfAny("reply_stream", f.ReplyStream)
		o.textIfAny("request_id", f.RequestID)
		o.textIfAny("event_type", f.EventType)
		o.timeIfAny("deadline", f.Deadline)
	case StepCommanded:
		o.command(f.Step, f.Attempt, f.Stream, f.EventType, f.RequestID, f.Payload, f.AckBy, f.Deadline)
	case StepStarted:
		o.attempt(f.Step, f.Attempt)
	case StepProgressed:
		o.attempt(f.Step, f.Attempt)
		o.number("fraction", f.Fraction)
		o.raw("detail", f.Detail)
	case StepCompleted:
		o.attempt(f.Step, f.Attempt)
		o.raw("output", f.Output)
		o.trueOnly("late", f.Late)
		o.trueOnly("by_operator", f.ByOperator)
		o.textIfAny("signal", f.Signal)
	case TimerSet:
		o.attempt(f.Step, f.Attempt)
		o.time("due", f.Due)
	case SignalAwaited:
		o.attempt(f.Step, f.Attempt)
		o.text("signal", f.Signal)
		o.timeIfAny("deadline", f.Deadline)
	case SignalReceived:
		o.text("name", f.Name)
		o.raw("payload", f.Payload)
		o.textIfAny("key", f.Key)
	case StepSkipped:
		o.text("step", f.Step)
		o.text("reason", f.Reason)
	case StepFailed:
		o.failure(f.Step, f.Attempt, f.Error, f.Code, f.Retryable)
		o.trueOnly("late", f.Late)
	case StepTimedOut:
		o.attempt(f.Step, f.Attempt)
	case RetryScheduled:
		o.text("step", f.Step)
		o.text("direction", string(f.Direction))
		o.count("attempt", f.Attempt)
		o.time("due", f.Due)
	case SagaCompensating:
		o.textIfAny("step", f.Step)
		o.text("reason", f.Reason)
		o.trueOnly("cancel", f.Cancel)
	case CompensationCommanded:
		o.command(f.Step, f.Attempt, f.Stream, f.EventType, f.RequestID, f.Payload, f.AckBy, f.Deadline)
	case CompensationStarted:
		o.attempt(f.Step, f.Attempt)
	case CompensationCompleted:
		o.attempt(f.Step, f.Attempt)
		o.raw("output", f.Output)
		o.trueOnly("by_operator", f.ByOperator)
	case CompensationFailed:
		o.failure(f.Step, f.Attempt, f.Error, f.Code, f.Retryable)
		o.trueOnly("timed_out", f.TimedOut)
	case OperatorActed:
		o.text("action", f.Action)
		o.textIfAny("step", f.Step)
		o.text("actor", f.Actor)
		o.text("reason", f.Reason)
	case SagaDeadlinePassed, SagaPaused, SagaResumed, SagaCompleted, SagaCompensated, SagaCancelled:
	case SagaStuck:
		o.text("step", f.Step)
		o.text("direction", string(f.Direction))
		o.text("error", f.Error)
	default:
		return nil, fmt.Errorf("encode fact: %T is no fact of this package", f)
	}
	if o.err != nil {
		return nil, fmt.Errorf("encode %s: %w", f.Type(), o.err)
	}
	return append(o.dst, '}'), nil
}

// object appends the members of a JSON object, and keeps the first thing that went wrong.
type object struct {
	dst []byte
	err error
}

func (o *object) key(name string) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

func (o *object) text(name, value string) {
	o.key(name)
	o.dst = appendString(o.dst, value)
}

func (o *object) textIfAny(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) count(name string, value int) {
	o.key(name)
	o.dst = strconv.AppendInt(o.dst, int64(value), 10)
}

func (o *object) flag(name string, value bool) {
	o.key(name)
	o.dst = strconv.AppendBool(o.dst, value)
}

func (o *object) trueOnly(name string, value bool) {
	if value {
		o.flag(name, true)
	}
}

func (o *object) number(name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		o.fail(name, "%v is not a number of JSON", value)
		return
	}
	o.key(name)
	o.dst = appendNumber(o.dst, value)
}

// raw leaves an absent value out, so that it is absent again when read. It looks before it copies: an event that
// nobody can read would stand in the history for ever.
func (o *object) raw(name string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	if !json.Valid(value) {
		o.fail(name, "not valid JSON")
		return
	}
	o.key(name)
	o.dst = append(o.dst, value...)
}

func (o *object) time(name string, value time.Time) {
	value = value.UTC()
	if year := value.Year(); year < 0 || year > 9999 {
		o.fail(name, "the year %d has no RFC 3339 form", year)
		return
	}
	o.key(name)
	o.dst = append(o.dst, '"')
	o.dst = value.AppendFormat(o.dst, time.RFC3339Nano)
	o.dst = append(o.dst, '"')
}

func (o *object) timeIfAny(name string, value time.Time) {
	if !value.IsZero() {
		o.time(name, value)
	}
}

func (o *object) fail(name, format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
}

func (o *object) ref(r DefinitionRef) {
	o.dst = append(o.dst, '{')
	o.text("name", r.Name)
	o.count("version", r.Version)
	o.text("digest", r.Digest)
	o.dst = append(o.dst, '}')
}

func (o *object) attempt(step string, attempt int) {
	o.text("step", step)
	o.count("attempt", attempt)
}

func (o *object) failure(step string, attempt int, message, code string, retryable bool) {
	o.attempt(step, attempt)
	o.text("error", message)
	o.textIfAny("code", code)
	o.flag("retryable", retryable)
}

func (o *object) command(step string, attempt int, stream, eventType, requestID string, payload json.RawMessage, ackBy, deadline time.Time) {
	o.attempt(step, attempt)
	o.text("stream", stream)
	o.text("event_type", eventType)
	o.text("request_id", requestID)
	o.raw("payload", payload)
	o.time("ack_by", ackBy)
	o.time("deadline", deadline)
}
