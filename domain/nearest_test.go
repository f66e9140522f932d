package domain

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"timeout", "retry", "reserve", "", "a"}
	for text, want := range map[string]string{
		"timeot": "timeout", "retries": "", "retrys": "retry", "resreve": "reserve", "Retry": "retry",
		"b": "", "rtery": "retry", "rtry": "retry", "ertry": "retry", "": "", "after": "", "ack_timeout": "", "time": "",
	} {
		if got := nearest(text, words); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
