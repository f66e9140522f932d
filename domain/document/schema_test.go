package document_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

// The schema may accept what the parser refuses, since there are rules it cannot state; never the other way round.
func TestSchemaAcceptsWhatTheParserAccepts(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		source, err := json.Marshal(drawDefinition(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := domain.ParseDefinition(source); err != nil {
			return
		}
		accepted++
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Fatalf("the parser accepts, the schema rejects\n%s\n%v", source, err)
		}
	})
	if accepted == 0 {
		t.Error("no document that was drawn is accepted: the test says nothing")
	}
}

// drawDefinition draws a document that is sound in most places and odd in a few.
func drawDefinition(t *rapid.T) map[string]any {
	steps := make([]any, rapid.IntRange(1, 3).Draw(t, "steps"))
	for i := range steps {
		steps[i] = drawObject(t, "step", map[string][]any{
			"name":        {string(rune('a' + i))},
			"command":     {map[string]any{"stream": "a:commands", "event_type": "a:do"}},
			"after":       {[]any{}, []any{"a"}, []any{"a", "a"}},
			"kind":        {"compensatable", "pivot", "retriable"},
			"compensate":  {map[string]any{"stream": "a:commands", "event_type": "a:undo"}},
			"sleep":       {"10m", "0s", 5},
			"wait_for":    {map[string]any{"signal": "approved"}, map[string]any{"signal": "approved", "timeout": "1h"}, map[string]any{"timeout": "1h"}},
			"timeout":     {"30s", "1.5ms", "3us", "0s", "s", "1d", "+1s", "1S"},
			"ack_timeout": {"1h0m0s", ".5s", "5.s", "00s", "000001s"},
			"retry": {drawObject(t, "retry", map[string][]any{
				"policy":   {"exponential", "linear", "immediate_fail"},
				"first":    {"1ms", "1µs"},
				"max":      {"1m", "10h"},
				"factor":   {1, 1.5, 1000, 1001, 0.99},
				"jitter":   {0, 0.1, 1, 1.1},
				"attempts": {1, 2.0, 100, 101, 1.5},
			}, nil)},
		}, []string{"name", rapid.SampledFrom([]string{"command", "command", "command", "sleep", "wait_for"}).Draw(t, "what")})
	}
	return drawObject(t, "definition", map[string][]any{
		"name":        {"order", "o_1"},
		"version":     {1, 2147483647, 2147483648},
		"description": {"", "words"},
		"start":       {map[string]any{"stream": "o:s", "event_type": "o:e"}, map[string]any{"stream": "o:s", "event_type": "o:e", "group": "g:1"}},
		"deadline":    {map[string]any{"after": "1h"}, map[string]any{"after": "1h", "then": "stuck"}, map[string]any{"after": "1h", "then": "cry"}, map[string]any{"then": "stuck"}},
		"steps":       {steps},
	}, []string{"name", "version", "steps"})
}

// drawObject draws the fields that are always there and some of the others; now and then a value is of another type.
func drawObject(t *rapid.T, label string, fields map[string][]any, always []string) map[string]any {
	object := map[string]any{}
	for _, name := range always {
		object[name] = rapid.SampledFrom(fields[name]).Draw(t, label+"."+name)
	}
	names := slices.Sorted(maps.Keys(fields))
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 3, rapid.ID).Draw(t, label) {
		values := fields[name]
		if rapid.IntRange(0, 19).Draw(t, "odd") == 0 {
			values = []any{"", nil, 0, true, []any{}, map[string]any{}}
		}
		object[name] = rapid.SampledFrom(values).Draw(t, label+"."+name)
	}
	return object
}
