package domain

import "strings"

// isAddress reports whether text is the name of a stream or an event type: two lower-case words joined by a colon, such
// as "payment:charge". definition.schema.json has the same as a pattern: ^[a-z][a-z0-9_.-]*:[a-z][a-z0-9_.-]*$
//
// This and isTraceParent are loops and not regular expressions because each message passes them.
func isAddress(text string) bool {
	domain, action, _ := strings.Cut(text, ":")
	return isAddressWord(domain) && isAddressWord(action)
}

func isAddressWord(word string) bool {
	for i := range len(word) {
		c := word[i]
		letter := c >= 'a' && c <= 'z'
		other := c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return word != ""
}

// isTraceParent reports whether text is a W3C traceparent: version, trace id, span id and flags in lower-case hex, such
// as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.
func isTraceParent(text string) bool {
	const length = 2 + 1 + 32 + 1 + 16 + 1 + 2
	if len(text) != length {
		return false
	}
	for i := range length {
		c := text[i]
		if dash := i == 2 || i == 35 || i == 52; dash != (c == '-') {
			return false
		}
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
