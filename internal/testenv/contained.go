package testenv

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// containerSpec is how to run a server in an image. It names the program itself, not the image's entrypoint, so that official
// and home-made images are run alike.
type containerSpec struct {
	user       string // empty: the image's
	entrypoint []string
	command    []string
	port       int
}

// contained is a server in a container. Its data is the container's, and outlives a kill.
type contained struct {
	kind      kind
	image     string
	password  string
	provider  *testcontainers.DockerProvider
	host      string
	hostPort  int // fixed when made: the engine would choose another at each start
	container testcontainers.Container
	running   bool
}

func newContained(k kind) (*contained, error) {
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout+pullTimeout)
	defer cancel()
	p, err := dockerEngine()
	if err != nil {
		return nil, err
	}
	image, err := imageFor(ctx, p, k)
	if err != nil {
		return nil, err
	}
	host, err := engineHost(ctx, p)
	if err != nil {
		return nil, err
	}
	return &contained{kind: k, image: image, password: newPassword(), provider: p, host: host}, nil
}

func (c *contained) url() string { return c.kind.url(c.host, c.hostPort, c.password) }

func (c *contained) describe() string { return "container of " + c.image }

func (c *contained) start(ctx context.Context) error {
	if c.running {
		return nil
	}
	if c.container == nil {
		if err := c.create(ctx); err != nil {
			return err
		}
	}
	if err := c.container.Start(ctx); err != nil {
		return fmt.Errorf("start a container of %s: %w", c.image, err)
	}
	c.running = true
	if err := untilAnswers(ctx, func(ctx context.Context) error { return c.kind.ping(ctx, c.url()) }, nil); err != nil {
		return fmt.Errorf("a container of %s does not answer at %s:%d: %w", c.image, c.host, c.hostPort, err)
	}
	return nil
}

func (c *contained) create(ctx context.Context) error {
	var err error
	if c.hostPort, err = freePort(); err != nil {
		return err
	}
	labels, err := containerLabels()
	if err != nil {
		return err
	}
	spec := c.kind.container(c.password)
	exposed := fmt.Sprintf("%d/tcp", spec.port)
	c.container, err = c.provider.CreateContainer(ctx, testcontainers.ContainerRequest{
		Image:        c.image,
		Entrypoint:   spec.entrypoint,
		Cmd:          spec.command,
		ExposedPorts: []string{exposed},
		Labels:       labels,
		ConfigModifier: func(config *container.Config) {
			if spec.user != "" {
				config.User = spec.user
			}
		},
		HostConfigModifier: func(host *container.HostConfig) {
			host.PortBindings = network.PortMap{network.MustParsePort(exposed): {c.binding()}}
		},
	})
	if err != nil {
		return fmt.Errorf("make a container of %s: %w", c.image, err)
	}
	return nil
}

// binding publishes the port on loopback only, unless the engine is on another machine.
func (c *contained) binding() network.PortBinding {
	b := network.PortBinding{HostPort: strconv.Itoa(c.hostPort)}
	if ip := net.ParseIP(c.host); c.host == "localhost" || ip != nil && ip.IsLoopback() {
		b.HostIP = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return b
}

func (c *contained) stop(ctx context.Context) error {
	if !c.running {
		return nil
	}
	c.running = false
	patience := stopTimeout
	return c.container.Stop(ctx, &patience)
}

func (c *contained) kill(ctx context.Context) error {
	if !c.running {
		return nil
	}
	c.running = false
	id := c.container.GetContainerID()
	if _, err := c.provider.Client().ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"}); err != nil {
		return err
	}
	return c.untilGone(ctx, id)
}

// untilGone waits until the engine has noticed the death: until then it refuses to start the container again.
func (c *contained) untilGone(ctx context.Context, id string) error {
	wait := c.provider.Client().ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case <-wait.Result:
		return nil
	case err := <-wait.Error:
		return err
	}
}

func (c *contained) remove(ctx context.Context) error {
	if c.container == nil {
		return nil
	}
	err := c.container.Terminate(ctx, testcontainers.StopTimeout(time.Second))
	if err == nil {
		c.container, c.running = nil, false
	}
	return err
}
