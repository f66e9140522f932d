package participant

import "github.com/skald-go/skald/domain"

// Progress is a handler's line to the saga while it works.
type Progress interface {
	// Report sends "progress" with a fraction in (0,1] and the name of the stage. A fraction outside is brought to the
	// nearest allowed one. It is sent at once; a report that cannot be sent is logged and otherwise ignored, since
	// only the last reply counts. It must not be called after the handler has returned.
	Report(fraction float64, stage string)
	// Command is the command as it came: saga id, correlation id, idempotency key, request id.
	Command() domain.Envelope
}
