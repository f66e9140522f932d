package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func line(t *testing.T, log func(ctx context.Context, out *bytes.Buffer)) map[string]any {
	t.Helper()
	ctx := WithStep(WithSaga(WithCorrelationID(context.Background(), "c1"), "s1"), "reserve")
	var out bytes.Buffer
	log(ctx, &out)
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, out.String())
	}
	return fields
}

func TestLineCarriesWhatTheContextSays(t *testing.T) {
	fields := line(t, func(ctx context.Context, out *bytes.Buffer) {
		log, err := NewLogger(out, JSON, "info")
		if err != nil {
			t.Fatal(err)
		}
		log.InfoContext(ctx, "hello")
	})
	if fields["correlation_id"] != "c1" || fields["saga_id"] != "s1" || fields["step"] != "reserve" {
		t.Errorf("fields are missing: %v", fields)
	}
}

func TestLineNamesNothingTwice(t *testing.T) {
	ctx := WithSaga(WithCorrelationID(context.Background(), "c1"), "s1")
	var out bytes.Buffer
	log, err := NewLogger(&out, Text, "debug")
	if err != nil {
		t.Fatal(err)
	}
	log.With(FieldCorrelationID, "mine").DebugContext(ctx, "hello", FieldSagaID, "mine too")
	if got := out.String(); strings.Count(got, "correlation_id=") != 1 || strings.Count(got, "saga_id=") != 1 ||
		!strings.Contains(got, "correlation_id=mine") {
		t.Errorf("a field stands twice or is replaced: %s", got)
	}
}

func TestLevelHoldsLinesBack(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, Text, "WARN")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "loud") {
		t.Errorf("wrong lines: %s", got)
	}
}

func TestUnknownFormOrLevelNamesTheRightOnes(t *testing.T) {
	if _, err := NewLogger(nil, "xml", ""); err == nil || !strings.Contains(err.Error(), "use text or json") {
		t.Errorf("form: %v", err)
	}
	if _, err := NewLogger(nil, "", "loud"); err == nil || !strings.Contains(err.Error(), "debug, info, warn or error") {
		t.Errorf("level: %v", err)
	}
}
