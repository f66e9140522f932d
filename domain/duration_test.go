package domain_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/domain"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "200ms": 200 * time.Millisecond, "1.5s": 1500 * time.Millisecond,
		"7us": 7 * time.Microsecond, "7µs": 7 * time.Microsecond, "0s": 0, "1h0m0s": time.Hour,
	} {
		if got, err := domain.ParseDuration(text); err != nil || time.Duration(got) != want {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "30", "s", "-1s", "+1s", "1d", "1S", " 1s", "1 s", ".5s", "5.s", "1e3s", "100ns", "9999999h"} {
		if got, err := domain.ParseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestDurationSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(0, int64(domain.MaxDuration)/1000).Draw(t, "microseconds")
		given := domain.Duration(micros * 1000)
		text, err := json.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		var got domain.Duration
		if err := json.Unmarshal(text, &got); err != nil || got != given {
			t.Fatalf("%s became %v, %v", text, got, err)
		}
	})
}

func TestDurationRefusesOtherJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`30`, `true`, `"soon"`, `{}`} {
		var d domain.Duration
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s became %v, want an error", text, d)
		}
	}
}
