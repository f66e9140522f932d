package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/router/middleware"
)

// The pace of tries while the server is waited for.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 5 * time.Second
	tryTimeout  = 5 * time.Second
)

// Open connects to the Redis at the URL (redis://, rediss:// or unix://) and waits for it until ctx ends, with a line
// in the log for each try. The broker lives until Close; ctx is for opening only.
func Open(ctx context.Context, url string, options Options) (*Broker, error) {
	options = options.withDefaults()
	if options.Transport != TransportSkald && options.Transport != TransportLibrary {
		return nil, fmt.Errorf("redis transport %q is unknown; use %s or %s", options.Transport, TransportSkald, TransportLibrary)
	}
	settings, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("broker URL: %w (expected redis://[:PASSWORD@]HOST:PORT/DB)", withoutURL(err))
	}
	settings.ClientName = clientName(options.Consumer)
	settings.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	quiet()

	client := redis.NewClient(settings)
	if err := wait(ctx, client, options.Logger); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	b, err := newBroker(ctx, client, settings, options)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return b, nil
}

// clientName is a name as CLIENT SETNAME accepts it: printable, without spaces.
func clientName(consumer string) string {
	return "skald:" + strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, consumer)
}

// withoutURL keeps a password out of the error: net/url quotes what it could not parse.
func withoutURL(err error) error {
	var quoting interface{ Unwrap() error }
	for errors.As(err, &quoting) && quoting.Unwrap() != nil {
		err = quoting.Unwrap()
	}
	return err
}

// wait returns when the server answers and is new enough, or ctx ends.
func wait(ctx context.Context, client *redis.Client, log *slog.Logger) error {
	pause := firstWait
	for attempt := 1; ; attempt++ {
		err := try(ctx, client)
		var old *oldServerError
		switch {
		case err == nil || errors.As(err, &old):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("redis at %s did not answer in time: %w; start it, or correct the broker URL", client.Options().Addr, err)
		}
		log.WarnContext(ctx, "waiting for redis", telemetry.FieldAddress, client.Options().Addr,
			telemetry.FieldAttempt, attempt, telemetry.FieldWait, pause, telemetry.FieldError, err.Error())
		middleware.Sleep(ctx, pause)
		pause = min(2*pause, longestWait)
	}
}

func try(ctx context.Context, client *redis.Client) error {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return err
	}
	return checkVersion(info)
}

// oldServerError says that the server lacks what the broker needs (XPENDING with IDLE).
type oldServerError struct{ version string }

func (e *oldServerError) Error() string {
	return "redis " + e.version + " is too old for this broker; it needs 6.2 or newer"
}

// checkVersion reads the answer to INFO server. A server that does not say its version is given the benefit of the doubt.
func checkVersion(info string) error {
	_, rest, found := strings.Cut(info, "redis_version:")
	version, _, _ := strings.Cut(rest, "\r\n")
	parts := strings.Split(version, ".")
	if !found || len(parts) < 2 {
		return nil
	}
	major, notMajor := strconv.Atoi(parts[0])
	minor, notMinor := strconv.Atoi(parts[1])
	if notMajor != nil || notMinor != nil {
		return nil //nolint:nilerr // see above: the benefit of the doubt
	}
	if major < 6 || major == 6 && minor < 2 {
		return &oldServerError{version}
	}
	return nil
}

// quiet stops go-redis from writing to standard error on its own: what matters comes back as errors and is logged here.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}
