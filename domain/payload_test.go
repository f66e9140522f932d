package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
)

func TestCheckPayload(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	full := `{"a":"` + strings.Repeat("x", domain.MaxPayload-8) + `"}`
	for name, payload := range map[string]string{
		"empty object":          `{}`,
		"spaces around":         " \t\r\n{ } \n",
		"as deep as allowed":    deep(domain.MaxPayloadDepth),
		"as long as allowed":    full,
		"brackets in text":      `{"a":"` + strings.Repeat(`[{\"`, 100) + `"}`,
		"escaped backslash":     `{"a":"\\u0000"}`,
		"other escapes":         `{"a":"\u0001\n\\\\\\u0000"}`,
		"characters from afar":  `{"ä":"\ud83d\ude00 😀"}`,
		"the same member twice": `{"a":1,"a":2}`,
	} {
		if err := domain.CheckPayload(json.RawMessage(payload)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, payload := range map[string]string{
		"nothing": ``, "spaces": `  `, "null": `null`, "a number": `1`, "text": `"{}"`, "a list": `[{}]`, "half": `{"a":1`,
		"a comma too many": `{"a":1,}`, "single quotes": `{'a':1}`, "two objects": `{}{}`, "no UTF-8": "{\"a\":\"\xc3\"}",
		"too deep": deep(domain.MaxPayloadDepth + 1), "too long": full + " ", "NUL": `{"a":"x\u0000"}`, "NUL in a name": `{"\u0000":1}`,
		"NUL after a backslash": `{"a":"\\\u0000"}`, "lists without end": strings.Repeat("[", domain.MaxPayload),
	} {
		if err := domain.CheckPayload(json.RawMessage(payload)); err == nil || !strings.HasPrefix(err.Error(), "payload: ") {
			t.Errorf("%s: error is %v, want one about the payload", name, err)
		}
	}
}
