package testenv

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"go.uber.org/goleak"
)

const (
	// engineTimeout bounds the question whether a Docker engine answers.
	engineTimeout = 10 * time.Second
	// pullTimeout bounds the wait for an image. A machine without a registry must get on to the next way soon.
	pullTimeout = time.Minute
)

// engine is the Docker engine, asked for once per test binary.
var engine struct {
	sync.Mutex
	asked    bool
	provider *testcontainers.DockerProvider
	err      error
}

func dockerEngine() (*testcontainers.DockerProvider, error) {
	engine.Lock()
	defer engine.Unlock()
	if !engine.asked {
		engine.asked = true
		engine.provider, engine.err = findEngine()
	}
	return engine.provider, engine.err
}

// findEngine gives up after engineTimeout: an address that swallows packets would hold testcontainers for minutes.
func findEngine() (*testcontainers.DockerProvider, error) {
	type answer struct {
		provider *testcontainers.DockerProvider
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		p, err := askEngine()
		answers <- answer{p, err}
	}()
	select {
	case a := <-answers:
		return a.provider, a.err
	case <-time.After(engineTimeout):
		return nil, fmt.Errorf("%w: no Docker engine answered in %s", errUnavailable, engineTimeout)
	}
}

func askEngine() (p *testcontainers.DockerProvider, err error) {
	defer func() {
		if r := recover(); r != nil { // testcontainers panics where it finds no socket at all
			err = fmt.Errorf("%w: no Docker engine: %v", errUnavailable, r)
		}
	}()
	p, err = testcontainers.NewDockerProvider(testcontainers.WithLogger(silent{}))
	if err != nil {
		return nil, fmt.Errorf("%w: no Docker engine: %v", errUnavailable, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	if _, err := p.Client().Ping(ctx, client.PingOptions{}); err != nil {
		return nil, fmt.Errorf("%w: no Docker engine: %v", errUnavailable, err)
	}
	return p, nil
}

// imageFor returns an image of the kind that the engine has, pulling one if it must.
func imageFor(ctx context.Context, p *testcontainers.DockerProvider, k kind) (string, error) {
	images := k.images
	if named := os.Getenv(k.imageVariable); named != "" {
		images = []string{named}
	}
	for _, image := range images {
		if _, err := p.Client().ImageInspect(ctx, image); err == nil {
			return image, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	if err := pull(ctx, p, images[0]); err != nil {
		return "", fmt.Errorf("%w: the engine has no image %s and cannot pull it (scripts/make-test-images makes one): %v",
			errUnavailable, images[0], err)
	}
	return images[0], nil
}

// pull asks once; testcontainers would ask again and again until ctx ends.
func pull(ctx context.Context, p *testcontainers.DockerProvider, image string) error {
	response, err := p.Client().ImagePull(ctx, image, client.ImagePullOptions{})
	if err != nil {
		return err
	}
	defer response.Close()
	return response.Wait(ctx)
}

// closeEngine closes the connections to the engine, if it was asked.
func closeEngine() {
	engine.Lock()
	defer engine.Unlock()
	if engine.provider != nil {
		_ = engine.provider.Close() // nothing is left to be lost
	}
	engine.asked, engine.provider = false, nil
}

// engineGoroutines are testcontainers' own, which it ends with the process: its connection to the reaper and idle connections to
// the engine.
func engineGoroutines() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/testcontainers/testcontainers-go.(*Reaper).connect.func1"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
	}
}

// silent keeps testcontainers' running commentary out of tests' output.
type silent struct{}

func (silent) Printf(string, ...any) {}
