package api

import (
	"fmt"
	"strconv"
	"strings"
)

// Position is a place in the log: an offset of a lane. Its text is "LANE:OFFSET".
type Position struct {
	Lane   uint16
	Offset uint64
}

func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Lane, p.Offset) }

// MarshalText is String, for JSON and queries.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what String writes.
func (p *Position) UnmarshalText(text []byte) error {
	lane, offset, ok := strings.Cut(string(text), ":")
	n, err := strconv.ParseUint(lane, 10, 16)
	m, err2 := strconv.ParseUint(offset, 10, 64)
	if !ok || err != nil || err2 != nil {
		return fmt.Errorf("%q is not a position; write LANE:OFFSET, as the answer to a start gives it", text)
	}
	*p = Position{Lane: uint16(n), Offset: m}
	return nil
}
