package testenv

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

const (
	// engineTimeout bounds the question whether a Docker engine answers.
	engineTimeout = 10 * time.Second
	// pullTimeout bounds the wait for an image. A machine without a registry must get on to the next way soon.
	pullTimeout = time.Minute

	reaperVariable = "TESTCONTAINERS_RYUK_DISABLED"
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
	if err := quieten(); err != nil {
		return nil, err
	}
	p, err = testcontainers.NewDockerProvider()
	if err != nil {
		return nil, fmt.Errorf("%w: no Docker engine: %w", errUnavailable, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	if _, err := p.Client().Ping(ctx, client.PingOptions{}); err != nil {
		return nil, fmt.Errorf("%w: no Docker engine: %w", errUnavailable, err)
	}
	return p, sweepContainers(ctx, p)
}

// quieten turns off what testcontainers does unasked: its commentary, and its reaper, one more image to be had and a privileged
// container; sweepContainers does that work. Whoever sets the variable to false has the reaper too.
func quieten() error {
	log.SetDefault(log.NewNoopLogger())
	if _, set := os.LookupEnv(reaperVariable); set {
		return nil
	}
	return os.Setenv(reaperVariable, "true")
}

// engineHost is the host at which an engine's published ports are reached.
func engineHost(ctx context.Context, p *testcontainers.DockerProvider) (string, error) {
	// testcontainers takes a test that runs in a container itself for a guest of the engine's machine. One that shares the
	// engine's machine, so its name, is at home.
	if os.Getenv("TESTCONTAINERS_HOST_OVERRIDE") == "" && strings.HasPrefix(p.Client().DaemonHost(), "unix:") {
		info, err := p.Client().Info(ctx, client.InfoOptions{})
		if err != nil {
			return "", err
		}
		if name, err := os.Hostname(); err == nil && name == info.Info.Name {
			return "127.0.0.1", nil
		}
	}
	return p.DaemonHost(ctx)
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
		return "", fmt.Errorf("%w: the engine has no image %s and cannot pull it (scripts/make-test-images makes one): %w",
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
