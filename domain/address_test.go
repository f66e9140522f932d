package domain

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// The loops are held to the patterns that say the same, that of the schema among them.
func TestLoopsAgreeWithThePatterns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		loop    func(string) bool
		pattern string
		sound   string
	}{
		"address":     {isAddress, `^[a-z][a-z0-9_.-]*:[a-z][a-z0-9_.-]*$`, "payment_2:charge-v1.0"},
		"traceparent": {isTraceParent, `^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		"digits":      {isDigits, `^[0-9]+$`, "1767225600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := regexp.MustCompile(tt.pattern)
			if !tt.loop(tt.sound) {
				t.Errorf("%q is refused", tt.sound)
			}
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.OneOf(
					rapid.StringMatching(tt.pattern),
					rapid.StringMatching(`[a-fA-F0-9:_. -]{0,6}`),
					rapid.Just(tt.sound),
				).Draw(t, "text")
				if at := rapid.IntRange(-1, len(text)-1).Draw(t, "at"); at >= 0 && rapid.Bool().Draw(t, "damage") {
					text = text[:at] + rapid.SampledFrom([]string{"", "A", ":", "-", "0", "ä", "\n"}).Draw(t, "by") + text[at+1:]
				}
				if tt.loop(text) != pattern.MatchString(text) {
					t.Fatalf("%q: the loop says %v", text, tt.loop(text))
				}
			})
		})
	}
}
