package domain

import "fmt"

// An upcaster lifts the payload of one fact from a schema version to the next. It is pure and stays for as long as
// histories of that version exist, which is for ever.
type upcaster func(payload []byte) ([]byte, error)

// upcasters by the fact and the version they lift from. There is one version yet, so there are none.
var upcasters = map[FactType]map[int]upcaster{}

// upcast lifts a payload to SchemaVersion. Where a fact has no upcaster from a version, its shape did not change there.
func upcast(t FactType, from int, payload []byte) ([]byte, error) {
	for version := from; version < SchemaVersion; version++ {
		lift, changed := upcasters[t][version]
		if !changed {
			continue
		}
		lifted, err := lift(payload)
		if err != nil {
			return nil, fmt.Errorf("lift %s from schema version %d: %w", t, version, err)
		}
		payload = lifted
	}
	return payload, nil
}
