package postgres

import (
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// array is a one-dimensional array in PostgreSQL's binary format, built element by element. Appends send some twenty of
// them; written like this they cost a third of what a general encoder takes (reflection and a plan for each element).
type array struct {
	buf   []byte
	count int
}

// arrayHeader is dimensions, has-null flag, element type, length, lower bound: five times 4 bytes.
const arrayHeader = 20

// newArray begins an array of n elements of the given type and size in bytes; the size is a hint.
func newArray(element uint32, n, size int) *array {
	a := &array{buf: make([]byte, arrayHeader, arrayHeader+n*(4+size))}
	binary.BigEndian.PutUint32(a.buf[8:], element)
	return a
}

// value is the finished array.
func (a *array) value() []byte {
	if a.count == 0 {
		return a.buf[:12] // an empty array has no dimension
	}
	binary.BigEndian.PutUint32(a.buf[0:], 1)
	binary.BigEndian.PutUint32(a.buf[12:], uint32(a.count))
	binary.BigEndian.PutUint32(a.buf[16:], 1)
	return a.buf
}

func (a *array) length(n int) {
	a.buf = binary.BigEndian.AppendUint32(a.buf, uint32(n))
	a.count++
}

func (a *array) int16(v int16) {
	a.length(2)
	a.buf = binary.BigEndian.AppendUint16(a.buf, uint16(v))
}

func (a *array) int32(v int32) {
	a.length(4)
	a.buf = binary.BigEndian.AppendUint32(a.buf, uint32(v))
}

func (a *array) int64(v int64) {
	a.length(8)
	a.buf = binary.BigEndian.AppendUint64(a.buf, uint64(v))
}

func (a *array) bool(v bool) {
	a.length(1)
	if v {
		a.buf = append(a.buf, 1)
	} else {
		a.buf = append(a.buf, 0)
	}
}

func (a *array) text(v string) {
	a.length(len(v))
	a.buf = append(a.buf, v...)
}

// bytes is for bytea, uuid and json, whose binary formats are the bytes themselves.
func (a *array) bytes(v []byte) {
	a.length(len(v))
	a.buf = append(a.buf, v...)
}

// postgresEpoch is where timestamps count from.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// time writes a timestamptz; the zero time is NULL.
func (a *array) time(v time.Time) {
	if v.IsZero() {
		binary.BigEndian.PutUint32(a.buf[4:], 1) // there are NULLs
		a.length(-1)
		return
	}
	a.int64(v.UnixMicro() - postgresEpoch)
}

// The types of elements.
const (
	int2Type        = pgtype.Int2OID
	int4Type        = pgtype.Int4OID
	int8Type        = pgtype.Int8OID
	boolType        = pgtype.BoolOID
	textType        = pgtype.TextOID
	byteaType       = pgtype.ByteaOID
	jsonType        = pgtype.JSONOID
	uuidType        = pgtype.UUIDOID
	timestamptzType = pgtype.TimestamptzOID
)
