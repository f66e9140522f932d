package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

const sagaID = "01932c07-209f-7ab4-8cf2-5d1f4be0a3c1"

func TestFieldsAreInOrderAndEmptyOnesAreLeftOut(t *testing.T) {
	t.Parallel()
	full := domain.Envelope{
		Stream: "payment:commands", CorrelationID: "c1", SagaID: sagaID, EventType: "payment:charge",
		Status: domain.ReplyCompleted, Payload: json.RawMessage(`{"a":1}`), Timestamp: time.Unix(1767225600, 250000000),
		RequestID: "0123456789abcdef0123456789abcdef", IdempotencyKey: sagaID + ":charge:action",
		ReplyStream: "skald:replies:3", TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
	want := []domain.Field{
		{Name: "correlation_id", Value: "c1"},
		{Name: "saga_id", Value: sagaID},
		{Name: "event_type", Value: "payment:charge"},
		{Name: "status", Value: "completed"},
		{Name: "payload", Value: `{"a":1}`},
		{Name: "timestamp", Value: "1767225600.25"},
		{Name: "request_id", Value: "0123456789abcdef0123456789abcdef"},
		{Name: "idempotency_key", Value: sagaID + ":charge:action"},
		{Name: "reply_stream", Value: "skald:replies:3"},
		{Name: "traceparent", Value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
	}
	if got := full.Fields(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := (domain.Envelope{Stream: "s", EventType: "a:b"}).Fields(); !reflect.DeepEqual(got, []domain.Field{{Name: "event_type", Value: "a:b"}}) {
		t.Errorf("fields of an envelope with an event type only are %v", got)
	}
}

func TestEnvelopeSurvivesTheWire(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[ -~äß→]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		e := domain.Envelope{
			Stream:         "payment:commands",
			CorrelationID:  text.Draw(t, "correlation id"),
			SagaID:         rapid.SampledFrom([]string{"", sagaID}).Draw(t, "saga id"),
			EventType:      rapid.SampledFrom([]string{"", "payment:charge"}).Draw(t, "event type"),
			Status:         rapid.SampledFrom([]domain.ReplyStatus{"", domain.ReplyStart, domain.ReplyFailed}).Draw(t, "status"),
			Timestamp:      time.UnixMicro(rapid.Int64Range(0, 253402300799e6).Draw(t, "timestamp")).UTC(),
			RequestID:      text.Draw(t, "request id"),
			IdempotencyKey: text.Draw(t, "idempotency key"),
			ReplyStream:    text.Draw(t, "reply stream"),
		}
		if rapid.Bool().Draw(t, "payload") {
			e.Payload = json.RawMessage(`{"n": [1, {"m": "\\u0000"}]}`)
		}
		got, extra, err := domain.ParseFields(e.Stream, e.Fields())
		if err != nil || len(extra) > 0 || !reflect.DeepEqual(got, e) {
			t.Fatalf("%+v\nbecame\n%+v, extra %v, error %v", e, got, extra, err)
		}
	})
}

func TestUnknownFieldsAreReturnedInOrder(t *testing.T) {
	t.Parallel()
	e, extra, err := domain.ParseFields("mission:commands", []domain.Field{
		{Name: "robot_count", Value: "2"}, {Name: "area", Value: "ZoneA"}, {Name: "correlation_id", Value: "c1"},
		{Name: "event_type", Value: "mission:start"}, {Name: "reply_stream", Value: "mission:replies:c1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := domain.Envelope{
		Stream: "mission:commands", CorrelationID: "c1", EventType: "mission:start", ReplyStream: "mission:replies:c1",
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("envelope is %+v, want %+v", e, want)
	}
	if input := string(domain.StartInput(extra)); input != `{"robot_count":2,"area":"ZoneA"}` {
		t.Errorf("the input is %s", input)
	}
}

func TestParseFieldsSaysWhyNot(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", domain.MaxFieldLength+1)
	for name, tt := range map[string]struct {
		fields []domain.Field
		reason string
	}{
		"status":             {[]domain.Field{{"status", "done"}}, `status: "done" is not a status; send start, progress, completed or failed`},
		"status in capitals": {[]domain.Field{{"status", "Start"}}, `status: "Start" is not a status; send start, progress, completed or failed`},
		"saga id": {
			[]domain.Field{{"saga_id", "42"}},
			`saga_id: "42": not a saga id (expected a UUID such as 01932c07-209f-7ab4-8cf2-5d1f4be0a3c1); echo the saga_id of the command`,
		},
		"event type":            {[]domain.Field{{"event_type", "Payment:Charge"}}, `event_type: "Payment:Charge" does not have the shape <domain>:<action> in lower case`},
		"broken payload":        {[]domain.Field{{"payload", `{"a":`}}, `payload: is not JSON (unexpected end of JSON input); send one JSON object`},
		"payload of two values": {[]domain.Field{{"payload", `{} {}`}}, `payload: is not JSON (invalid character '{' after top-level value); send one JSON object`},
		"payload of spaces":     {[]domain.Field{{"payload", ` `}}, `payload: is not JSON (unexpected end of JSON input); send one JSON object`},
		"payload is a list":     {[]domain.Field{{"payload", ` [1]`}}, `payload: is JSON but not an object; send an object, such as {"result": 1}`},
		"payload is no UTF-8":   {[]domain.Field{{"payload", "{\"a\":\"\xff\"}"}}, `payload: is not UTF-8; encode the JSON as UTF-8`},
		"payload holds NUL":     {[]domain.Field{{"payload", `{"a":"\\\u0000"}`}}, `payload: holds the character \u0000; remove it`},
		"deeper than any payload": {
			[]domain.Field{{"payload", `{"a":` + strings.Repeat("[", 66) + strings.Repeat("]", 66) + `}`}},
			`payload: is nested more than 66 deep; flatten it`,
		},
		"timestamp":         {[]domain.Field{{"timestamp", "yesterday"}}, `timestamp: "yesterday" is not a time; send Unix seconds, such as 1767225600.25`},
		"milliseconds":      {[]domain.Field{{"timestamp", "1767225600000"}}, `timestamp: "1767225600000" lies behind the year 9999; send seconds, not milliseconds`},
		"twice":             {[]domain.Field{{"status", "start"}, {"status", "failed"}}, `the field "status" is given twice; send it once`},
		"unknown twice":     {[]domain.Field{{"area", "A"}, {"area", "B"}}, `the field "area" is given twice; send it once`},
		"NUL in a name":     {[]domain.Field{{"a\x00", "1"}}, `the field name "a\x00" is not one; use 1 to 256 bytes of UTF-8 without NUL`},
		"no name":           {[]domain.Field{{"", "A"}}, `the field name "" is not one; use 1 to 256 bytes of UTF-8 without NUL`},
		"long id":           {[]domain.Field{{"correlation_id", long}}, `correlation_id: is 257 bytes long; send at most 256`},
		"control character": {[]domain.Field{{"correlation_id", "a\nb"}}, `correlation_id: "a\nb" holds a control character; send plain text`},
		"id is no UTF-8":    {[]domain.Field{{"request_id", "\xff"}}, `request_id: is not UTF-8`},
		"binary unknown":    {[]domain.Field{{"photo", "\xff\xd8"}}, `the field "photo" is not UTF-8 text (or holds a NUL); send text`},
		"NUL in unknown":    {[]domain.Field{{"photo", "\x00"}}, `the field "photo" is not UTF-8 text (or holds a NUL); send text`},
		"unknown too long": {
			[]domain.Field{{"a", strings.Repeat("x", domain.MaxPayload/2)}, {"b", strings.Repeat("x", domain.MaxPayload/2)}},
			`the unknown fields are longer than 1048576 bytes together; send less`,
		},
		"too many unknown": {
			manyFields(domain.MaxUnknownFields + 1),
			`there are more than 256 unknown fields; send the input as JSON in the field payload`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, extra, err := domain.ParseFields("s", tt.fields)
			var refused *domain.RefusedError
			if !errors.As(err, &refused) || refused.Reason != tt.reason || extra != nil {
				t.Errorf("extra %d, error\n%v\nwant\n%s", len(extra), err, tt.reason)
			}
		})
	}
}

func manyFields(n int) []domain.Field {
	fields := make([]domain.Field, n)
	for i := range fields {
		fields[i].Name = fmt.Sprint("f", i)
	}
	return fields
}

func TestParseFieldsIsLenientWhereNothingIsLost(t *testing.T) {
	t.Parallel()
	e, _, err := domain.ParseFields("s", []domain.Field{
		{"saga_id", strings.ToUpper(sagaID)}, {"status", ""}, {"payload", ""}, {"timestamp", ""}, {"event_type", ""},
		{"traceparent", "something of ours"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (domain.Envelope{Stream: "s", SagaID: sagaID}); !reflect.DeepEqual(e, want) {
		t.Errorf("got %+v, want %+v", e, want)
	}
	deepest := `{"a":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `,"b":"[[[[{{{{\"[[["}`
	if _, _, err := domain.ParseFields("s", []domain.Field{{"payload", deepest}}); err != nil {
		t.Errorf("a payload as deep as allowed is refused: %v", err)
	}
}

// A command holds the saga's input and the outputs of other steps, each as long and as deep as allowed: what the router
// may send, a participant must be able to read. Starts and replies may not bring as much.
func TestOnlyTheRouterMaySendMore(t *testing.T) {
	t.Parallel()
	half := `"` + strings.Repeat("x", domain.MaxPayload/2) + `"`
	deep := `{"a":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`
	for name, payload := range map[string]string{
		"bytes long":  `{"a":` + half + `,"results":{"reserve":{"a":` + half + `}}}`,
		"nested more": `{"results":{"reserve":` + deep + `}}`,
	} {
		command := domain.Envelope{
			Stream: "payment:commands", CorrelationID: "c1", SagaID: sagaID, EventType: "payment:charge",
			Payload: json.RawMessage(payload), RequestID: "r1", IdempotencyKey: sagaID + ":charge:action",
		}
		got, _, err := domain.ParseFields(command.Stream, command.Fields())
		if err != nil || !reflect.DeepEqual(got, command) {
			t.Errorf("%s: the command is refused or changed: %v", name, err)
		}
		reply := command
		reply.Status = domain.ReplyCompleted
		var refused *domain.RefusedError
		if err := reply.CheckReply(); !errors.As(err, &refused) || !strings.Contains(err.Error(), name) {
			t.Errorf("a reply of that size: error is %v, want a refusal that says %q", err, name)
		}
		if err := command.CheckStart(); !errors.As(err, &refused) || !strings.Contains(err.Error(), name) {
			t.Errorf("a start of that size: error is %v, want a refusal that says %q", err, name)
		}
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"0":                     time.Unix(0, 0),
		"1767225600":            time.Unix(1767225600, 0),
		"1767225600.0":          time.Unix(1767225600, 0),
		"1767225600.5":          time.Unix(1767225600, 500000000),
		"1767225600.123456":     time.Unix(1767225600, 123456000),
		"1767225600.1234567890": time.Unix(1767225600, 123456000),
		"1.7672256e+09":         time.Unix(1767225600, 0),
		"1.7672256005E9":        time.Unix(1767225600, 500000000),
		"253402300799":          time.Unix(253402300799, 0),
	} {
		e, _, err := domain.ParseFields("s", []domain.Field{{"timestamp", text}})
		if err != nil || !e.Timestamp.Equal(want) || e.Timestamp.Location() != time.UTC {
			t.Errorf("%s: got %v, %v; want %v", text, e.Timestamp, err, want.UTC())
		}
	}
	for _, text := range []string{"-1", "+1", "1.", ".5", "1e99", "1e-3", "NaN", "Inf", "0x10", "1_000", " 1", "253402300800", "2.534023008e11", "1,5", "999999999999999999"} {
		if e, _, err := domain.ParseFields("s", []domain.Field{{"timestamp", text}}); err == nil {
			t.Errorf("%s: got %v, want an error", text, e.Timestamp)
		}
	}
}

func TestStartInput(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"2": `2`, "-3": `-3`, "0.50": `0.50`, "1e3": `1e3`, "0": `0`, "-0": `-0`, "123456789012345": `123456789012345`,
		"true": `true`, "false": `false`,
		"ZoneA": `"ZoneA"`, "": `""`, "null": `"null"`, "True": `"True"`, "007": `"007"`, "+1": `"+1"`, "1.": `"1."`, ".5": `".5"`,
		"1 ": `"1 "`, "0x10": `"0x10"`, "NaN": `"NaN"`, "1e999": `"1e999"`, "12345678901234567890": `"12345678901234567890"`,
		`{"a":1}`: `"{\"a\":1}"`, "a\nb": `"a\nb"`, "<&>ä": `"<&>ä"`,
	} {
		got := domain.StartInput([]domain.Field{{Name: "v", Value: value}})
		if string(got) != `{"v":`+want+`}` {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
	if got := string(domain.StartInput(nil)); got != "{}" {
		t.Errorf("without fields: got %s, want {}", got)
	}
}

func TestCheckStartAndReply(t *testing.T) {
	t.Parallel()
	start := domain.Envelope{CorrelationID: "c1", EventType: "order:start"}
	reply := domain.Envelope{SagaID: sagaID, Status: domain.ReplyStart, RequestID: "r1"}
	for name, tt := range map[string]struct {
		check func(domain.Envelope) error
		e     domain.Envelope
		want  string // what the reason says; "" for none
	}{
		"sound start":              {domain.Envelope.CheckStart, start, ""},
		"start without saga":       {domain.Envelope.CheckStart, domain.Envelope{EventType: "order:start"}, "needs a correlation_id"},
		"start without event type": {domain.Envelope.CheckStart, domain.Envelope{CorrelationID: "c1"}, "needs an event_type"},
		"a reply is no start":      {domain.Envelope.CheckStart, domain.Envelope{CorrelationID: "c1", EventType: "order:start", Status: "start"}, "so it is a reply"},
		"sound reply":              {domain.Envelope.CheckReply, reply, ""},
		"reply by event type":      {domain.Envelope.CheckReply, domain.Envelope{SagaID: sagaID, Status: "failed", EventType: "a:b"}, ""},
		"reply without saga":       {domain.Envelope.CheckReply, domain.Envelope{Status: "start", RequestID: "r1"}, "needs a saga_id"},
		"reply without status":     {domain.Envelope.CheckReply, domain.Envelope{SagaID: sagaID, RequestID: "r1"}, "needs a status"},
		"reply to nothing":         {domain.Envelope.CheckReply, domain.Envelope{SagaID: sagaID, Status: "start"}, "needs a request_id or an event_type"},
	} {
		err := tt.check(tt.e)
		var refused *domain.RefusedError
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: refused: %v", name, err)
		case tt.want != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Reason, tt.want)):
			t.Errorf("%s: error is %v, want a refusal that says %q", name, err, tt.want)
		}
	}
}

// FuzzParseFields holds that no entry, however odd, does more harm than a reason; that what is accepted survives the
// wire; and that the input made of unknown fields is a sound payload.
func FuzzParseFields(f *testing.F) {
	f.Add("correlation_id", "c1", "payload", `{"a":[1,{"b":"\u0000"}]}`)
	f.Add("status", "progress", "timestamp", "1767225600.25")
	f.Add("saga_id", sagaID, "event_type", "mission:start")
	f.Add("timestamp", "1.7e+09", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("robot_count", "2", "area", "Zone \"A\"")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		e, extra, err := domain.ParseFields("s", []domain.Field{{name1, value1}, {name2, value2}})
		if err != nil {
			if refused := (*domain.RefusedError)(nil); !errors.As(err, &refused) || refused.Reason == "" {
				t.Fatalf("error is %v, want a reason", err)
			}
			return
		}
		again, none, err := domain.ParseFields("s", e.Fields())
		if err != nil || len(none) > 0 || !reflect.DeepEqual(again, e) {
			t.Fatalf("%+v became %+v, extra %v, error %v", e, again, none, err)
		}
		if input := domain.StartInput(extra); len(input) <= domain.MaxPayload {
			if err := domain.CheckPayload(input); err != nil {
				t.Fatalf("input %s: %v", input, err)
			}
		}
	})
}
