package engine

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/skald-go/skald/eventstore"
)

// Config is what an engine is made of. Store and Publisher are required; the zero value of every other field stands for
// its default.
type Config struct {
	Store     eventstore.Store
	Publisher Publisher

	Logger   *slog.Logger // default: silence
	Observer Observer     // default: silence

	// Now is the clock, default time.Now. Waiting is done by the timers of package time, so a clock that does not run
	// with them (testing/synctest makes both run together) fires alarms late.
	Now func() time.Time
	// Random yields numbers in [0,1) for the waits between retries and for saga ids; it is called concurrently. The
	// default is math/rand/v2.
	Random func() float64

	// MaxBatch is how many inputs one append takes at most, default 1024. More means larger transactions under load.
	MaxBatch int
	// QueueLength is how many submits may wait for the committer, default 4096. When it is full, Start fails with
	// ErrOverloaded and everything else waits.
	QueueLength int
	// StartWait is how long Start waits for room in a full queue, default 250ms.
	StartWait time.Duration
	// CacheSize is how many states of open sagas are kept in memory, default 65536 (a few kilobytes each).
	CacheSize int

	// ScanInterval is the pause between two scans of the open sagas for what is due and belongs to nobody, default 5s.
	// A scan that takes long is followed by a pause of twenty times its duration, so that scanning stays below a
	// twentieth of the time.
	ScanInterval time.Duration
	// Grace is how long after its time something due is left to the process that handled the saga last, default 2s. The
	// first scan after a start knows no grace.
	Grace time.Duration

	// StoreTimeout bounds one call of the store, default 30s; PublishTimeout one call of the publisher, default 5s.
	StoreTimeout   time.Duration
	PublishTimeout time.Duration
	// DrainTimeout is how long Run may go on after its context ended, to finish what is queued, default 10s.
	DrainTimeout time.Duration
}

// withDefaults is c with every field set, or an error that names every field that must be and is not.
func (c Config) withDefaults() (Config, error) {
	var missing []error
	if c.Store == nil {
		missing = append(missing, errors.New("engine: Config.Store is required"))
	}
	if c.Publisher == nil {
		missing = append(missing, errors.New("engine: Config.Publisher is required"))
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = Silence{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	orElse(&c.MaxBatch, 1024)
	orElse(&c.QueueLength, 4096)
	orElse(&c.StartWait, 250*time.Millisecond)
	orElse(&c.CacheSize, 1<<16)
	orElse(&c.ScanInterval, 5*time.Second)
	orElse(&c.Grace, 2*time.Second)
	orElse(&c.StoreTimeout, 30*time.Second)
	orElse(&c.PublishTimeout, 5*time.Second)
	orElse(&c.DrainTimeout, 10*time.Second)
	return c, errors.Join(missing...)
}

func orElse[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
