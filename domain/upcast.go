package domain

import "fmt"

// An upcaster lifts the payload of one fact from a schema version to the next. It is pure and stays for as long as
// histories of that version exist, which is for ever.
type upcaster func(payload []byte) ([]byte, error)

// upcasterTable holds upcasters by the fact and the version they lift from.
type upcasterTable map[FactType]map[int]upcaster

// upcasters is empty while there is one schema version.
var upcasters = upcasterTable{}

// lift raises a payload step by step. Where a fact has no upcaster from a version, its shape did not change there.
func (table upcasterTable) lift(t FactType, from, to int, payload []byte) ([]byte, error) {
	for version := from; version < to; version++ {
		up, changed := table[t][version]
		if !changed {
			continue
		}
		lifted, err := up(payload)
		if err != nil {
			return nil, fmt.Errorf("lift %s from schema version %d: %w", t, version, err)
		}
		payload = lifted
	}
	return payload, nil
}
