package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/skald-go/skald/web/api"
)

func TestWhatOthersWroteCannotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	m := New(nil, &out, &bytes.Buffer{}, nil)
	page := api.DeadLetters{DeadLetters: []api.DeadLetter{{ID: "1", Stream: "s", Reason: "two\nlines \x1b[31mred\x1b[0m"}}}
	if err := m.writeDeadLetters(page); err != nil {
		t.Fatal(err)
	}
	if err := m.writeSaga(api.Saga{CorrelationID: "c\x1b[2J", Error: "a\rb"}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\r") || !strings.Contains(got, "two\uFFFDlines") {
		t.Errorf("%q", got)
	}
}
