package memory

import (
	"bytes"
	"slices"

	"github.com/skald-go/skald/domain"
)

// sortedIDs is a set of saga ids in their order. New ids are mostly the greatest, so that inserting is cheap.
type sortedIDs []domain.SagaID

func compareIDs(a, b domain.SagaID) int { return bytes.Compare(a[:], b[:]) }

func (ids *sortedIDs) insert(id domain.SagaID) {
	if at, found := slices.BinarySearchFunc(*ids, id, compareIDs); !found {
		*ids = slices.Insert(*ids, at, id)
	}
}

func (ids *sortedIDs) remove(id domain.SagaID) {
	if at, found := slices.BinarySearchFunc(*ids, id, compareIDs); found {
		*ids = slices.Delete(*ids, at, at+1)
	}
}

// after returns up to limit ids greater than id.
func (ids sortedIDs) after(id domain.SagaID, limit int) []domain.SagaID {
	at, found := slices.BinarySearchFunc(ids, id, compareIDs)
	if found {
		at++
	}
	return ids[at:min(len(ids), at+max(limit, 0))]
}
