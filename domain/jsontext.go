package domain

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// appendString appends text as a JSON string. What it writes is part of two stored formats, the payloads of events and
// the canonical form of definitions: only what JSON demands is escaped, in the shortest usual way, and bytes that are
// not UTF-8 become U+FFFD. (encoding/json escapes more, and may one day escape otherwise.)
func appendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, text[from:i]...)
		dst = appendEscaped(dst, c)
		i++
		from = i
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// appendEscaped appends a byte that cannot stand in a JSON string as it is.
func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\r':
		return append(dst, '\\', 'r')
	case c == '\t':
		return append(dst, '\\', 't')
	case c < ' ':
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
	default:
		return append(dst, "\uFFFD"...)
	}
}

// appendNumber appends a finite number as JSON in its shortest exact form: plain digits between 1e-6 and 1e21, an
// exponent beyond (the rule of ECMAScript and of encoding/json).
func appendNumber(dst []byte, number float64) []byte {
	format := byte('f')
	if size := math.Abs(number); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, number, format, -1, 64)
}
