package domain_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

// facts is one zero value of each fact. TestCodecCoversEveryFact holds it to event.go.
var facts = []domain.Fact{
	domain.SagaStarted{}, domain.StepCommanded{}, domain.StepStarted{}, domain.StepProgressed{}, domain.StepCompleted{},
	domain.TimerSet{}, domain.SignalAwaited{}, domain.SignalReceived{}, domain.StepSkipped{}, domain.StepFailed{}, domain.StepTimedOut{}, domain.RetryScheduled{}, domain.SagaCompensating{},
	domain.CompensationCommanded{}, domain.CompensationStarted{}, domain.CompensationCompleted{}, domain.CompensationFailed{},
	domain.OperatorActed{}, domain.SagaDeadlinePassed{}, domain.SagaPaused{}, domain.SagaResumed{}, domain.SagaCompleted{}, domain.SagaCompensated{}, domain.SagaCancelled{}, domain.SagaStuck{},
}

func TestCodecCoversEveryFact(t *testing.T) {
	t.Parallel()
	listed := map[domain.FactType]bool{}
	for _, f := range facts {
		listed[f.Type()] = true
	}
	names := factTypeConstants(t)
	if len(names) == 0 {
		t.Fatal("found no constants of type FactType in event.go")
	}
	for _, name := range names {
		if !listed[name] {
			t.Errorf("%s is not in this test's list: encode it, decode it, list it", name)
		}
		if _, err := domain.DecodeFact(name, domain.SchemaVersion, []byte("{}")); err != nil {
			t.Errorf("%s cannot be decoded: %v", name, err)
		}
	}
}

// factTypeConstants reads the stored names off the source.
func factTypeConstants(t *testing.T) (names []domain.FactType) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "FactType" {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, domain.FactType(name))
		return true
	})
	return names
}

// The encoder is written by hand, the decoder goes by the struct tags: what one writes, and encoding/json would write,
// must be the same, with every field given and with none.
func TestEncodeFactFollowsTheTags(t *testing.T) {
	t.Parallel()
	for _, zero := range facts {
		for name, fact := range map[string]domain.Fact{"full": filled(t, zero), "empty": zero} {
			got, err := domain.EncodeFact(fact)
			if err != nil {
				t.Fatalf("%s %s: %v", name, zero.Type(), err)
			}
			want, err := json.Marshal(fact)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(members(t, got), members(t, want)) {
				t.Errorf("%s %s is encoded as\n%s\nwant\n%s", name, zero.Type(), got, want)
			}
		}
	}
}

// members is an object without those that are null: an absent raw value is left out by us, and null to encoding/json.
func members(t *testing.T, object []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(object, &m); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	for name, value := range m {
		if value == nil {
			delete(m, name)
		}
	}
	return m
}

// filled is the fact with a value in every field.
func filled(t *testing.T, zero domain.Fact) domain.Fact {
	t.Helper()
	value := reflect.New(reflect.TypeOf(zero)).Elem()
	fill(t, value)
	return value.Interface().(domain.Fact)
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case json.RawMessage:
		v.SetBytes([]byte(`{"a": [1, "<&>"]}`))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.String:
		v.SetString("täxt \"<&>\" \u2028")
	case reflect.Int:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("a fact has a field of kind %s: teach this test to fill it", v.Kind())
	}
}

func TestFactsSurviveTheCodec(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zero := rapid.SampledFrom(facts).Draw(t, "fact")
		value := reflect.New(reflect.TypeOf(zero)).Elem()
		draw(t, value)
		fact := value.Interface().(domain.Fact)
		payload, err := domain.EncodeFact(fact)
		if err != nil {
			t.Fatal(err)
		}
		got, err := domain.DecodeFact(fact.Type(), domain.SchemaVersion, payload)
		if err != nil {
			t.Fatalf("%s: %v", payload, err)
		}
		if !reflect.DeepEqual(got, fact) {
			t.Fatalf("%#v\nbecame\n%#v\nby way of\n%s", fact, got, payload)
		}
	})
}

func draw(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case json.RawMessage:
		if raw := rapid.SampledFrom([]string{"", "{}", `{ "a" : [ 1, -0.5e-7, "\u0041\"" ] }`, "null", `"text"`}).Draw(t, "raw"); raw != "" {
			v.SetBytes([]byte(raw))
		}
		return
	case time.Time:
		micros := rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "microseconds")
		v.Set(reflect.ValueOf(time.UnixMicro(micros).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i))
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Int:
		v.SetInt(rapid.Int64().Draw(t, "count"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	default:
		t.Fatalf("a fact has a field of kind %s: teach this test to draw it", v.Kind())
	}
}

// The stored bytes are a format: they are read by people in SQL, and hashed.
func TestEncodedForm(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 60000, time.FixedZone("elsewhere", 3600))
	for want, fact := range map[string]domain.Fact{
		`{}`: domain.SagaCompleted{},
		`{"correlation_id":"c1","definition":{"name":"order","version":2,"digest":"sha256:00"},"input":{ "n": 1 }}`: domain.SagaStarted{
			CorrelationID: "c1", Definition: domain.DefinitionRef{Name: "order", Version: 2, Digest: "sha256:00"},
			Input: json.RawMessage(`{ "n": 1 }`),
		},
		`{"step":"charge","attempt":1,"error":"declined\n\u0001","retryable":false}`: domain.StepFailed{
			Step: "charge", Attempt: 1, Error: "declined\n\x01",
		},
		`{"step":"charge","direction":"action","attempt":2,"due":"2026-01-02T02:04:05.00006Z"}`: domain.RetryScheduled{
			Step: "charge", Direction: domain.Forward, Attempt: 2, Due: at,
		},
		`{"step":"charge","attempt":1,"output":{},"late":true}`: domain.StepCompleted{
			Step: "charge", Attempt: 1, Output: json.RawMessage(`{}`), Late: true,
		},
	} {
		got, err := domain.EncodeFact(fact)
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}

func TestAppendFactAppends(t *testing.T) {
	t.Parallel()
	got, err := domain.AppendFact([]byte("before "), domain.StepStarted{Step: "a", Attempt: 1})
	if want := `before {"step":"a","attempt":1}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestEncodeFactRefusesWhatNobodyCouldRead(t *testing.T) {
	t.Parallel()
	for name, fact := range map[string]domain.Fact{
		"output: not valid JSON":            domain.StepCompleted{Output: json.RawMessage(`{"a":`)},
		"payload: not valid JSON":           domain.StepCommanded{Payload: json.RawMessage(`{} {}`)},
		"fraction: NaN is not a number":     domain.StepProgressed{Fraction: math.NaN()},
		"fraction: +Inf is not a number":    domain.StepProgressed{Fraction: math.Inf(1)},
		"due: the year 10000 has no RFC":    domain.RetryScheduled{Due: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"deadline: the year 12026 has no R": domain.StepCommanded{Deadline: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := domain.EncodeFact(fact); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error is %v, want it to say %q", fact.Type(), err, name)
		}
	}
	if _, err := domain.EncodeFact(nil); err == nil {
		t.Error("no fact at all is encoded without an error")
	}
}

func TestDecodeFactNamesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, tt := range []domain.UnknownFactError{
		{Type: "StepDreamt", SchemaVersion: 1},
		{Type: domain.TypeStepFailed, SchemaVersion: domain.SchemaVersion + 1},
		{Type: domain.TypeStepFailed, SchemaVersion: 0},
		{Type: "", SchemaVersion: 1},
	} {
		_, err := domain.DecodeFact(tt.Type, tt.SchemaVersion, []byte("{}"))
		var unknown *domain.UnknownFactError
		if !errors.As(err, &unknown) || *unknown != tt {
			t.Errorf("%+v: error is %v, want *UnknownFactError", tt, err)
		}
	}
}

func TestDecodeFactRefusesDamage(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"", "null", "[]", "7", `{"attempt":"one"}`, `{"attempt":1`, `{"due":"yesterday"}`} {
		if fact, err := domain.DecodeFact(domain.TypeRetryScheduled, 1, []byte(payload)); err == nil {
			t.Errorf("%q is decoded as %#v", payload, fact)
		}
	}
}

func TestDecodeFactPassesOverUnknownFields(t *testing.T) {
	t.Parallel()
	got, err := domain.DecodeFact(domain.TypeStepStarted, 1, []byte(`{"step":"a","attempt":2,"mood":"good"}`))
	if want := (domain.StepStarted{Step: "a", Attempt: 2}); err != nil || got != want {
		t.Errorf("got %#v, %v; want %#v", got, err, want)
	}
}

func TestDecodedFactSharesNoMemory(t *testing.T) {
	t.Parallel()
	payload := []byte(`{"step":"a","attempt":1,"output":{"n":1}}`)
	got, err := domain.DecodeFact(domain.TypeStepCompleted, 1, payload)
	if err != nil {
		t.Fatal(err)
	}
	clear(payload)
	if output := string(got.(domain.StepCompleted).Output); output != `{"n":1}` {
		t.Errorf("the output became %q when the payload was overwritten", output)
	}
}

// FuzzDecodeFact holds that damaged payloads give errors, and that one round through the codec changes nothing more.
func FuzzDecodeFact(f *testing.F) {
	for i, fact := range facts {
		payload, err := domain.EncodeFact(fact)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, payload)
	}
	f.Add(4, []byte(`{"step":"\ud800","attempt":1,"output":{"a":"`+"\xff"+`"},"OUTPUT":null}`))
	f.Fuzz(func(t *testing.T, which int, payload []byte) {
		name := facts[uint(which)%uint(len(facts))].Type()
		fact, err := domain.DecodeFact(name, domain.SchemaVersion, payload)
		if err != nil {
			return
		}
		first, err := domain.EncodeFact(fact)
		if err != nil {
			return // a year that RFC 3339 does not reach once it is in UTC
		}
		again, err := domain.DecodeFact(name, domain.SchemaVersion, first)
		if err != nil {
			t.Fatalf("%s cannot be read back: %v", first, err)
		}
		second, err := domain.EncodeFact(again)
		if err != nil || string(second) != string(first) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
	})
}
