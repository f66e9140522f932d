package eventstore

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/skald-go/skald/domain"
)

// EventDigest is the digest of what an event says, without its place in the lane. Payloads are hashed as stored.
func EventDigest(saga domain.SagaID, version uint64, e NewEvent) [32]byte {
	h := sha256.New()
	var head [16 + 8 + 8 + 8]byte
	copy(head[:16], saga[:])
	binary.BigEndian.PutUint64(head[16:], version)
	binary.BigEndian.PutUint64(head[24:], uint64(e.SchemaVersion))
	binary.BigEndian.PutUint64(head[32:], uint64(e.RecordedAt.UnixMicro()))
	_, _ = h.Write(head[:])
	for _, text := range [][]byte{[]byte(e.Type), []byte(e.CausationID), []byte(e.Trace), e.Payload} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		_, _ = h.Write(length[:])
		_, _ = h.Write(text)
	}
	var digest [32]byte
	h.Sum(digest[:0])
	return digest
}

// ChainHash is the hash of an event in its lane: SHA-256 of the hash of the event before it (32 zero bytes before the
// first) and the event's own digest. Whoever changes, removes or reorders events of a lane breaks it from there on.
func ChainHash(previous, digest [32]byte) [32]byte {
	var both [64]byte
	copy(both[:32], previous[:])
	copy(both[32:], digest[:])
	return sha256.Sum256(both[:])
}
