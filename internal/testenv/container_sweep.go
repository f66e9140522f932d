package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Labels of testenv's containers. A container belongs to a test binary by the file that the binary holds locked, on the machine where
// that file is.
const (
	machineLabel = "skald.testenv.machine"
	lockLabel    = "skald.testenv.lock"
)

// containerLabels mark a container as this binary's.
func containerLabels() (map[string]string, error) {
	lock, err := scratchLock()
	if err != nil {
		return nil, err
	}
	machine, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return map[string]string{machineLabel: machine, lockLabel: lock}, nil
}

// sweepContainers removes containers whose test binary died before it could.
func sweepContainers(ctx context.Context, p *testcontainers.DockerProvider) error {
	machine, err := os.Hostname()
	if err != nil {
		return err
	}
	list, err := p.Client().ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: client.Filters{}.Add("label", machineLabel+"="+machine),
	})
	if err != nil {
		return fmt.Errorf("list left-over containers: %w", err)
	}
	for _, c := range list.Items {
		if !ownerDied(c.Labels[lockLabel]) {
			continue
		}
		// Another binary may be removing the same one: the next start of a container tells whether the engine is well.
		_, _ = p.Client().ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	}
	return nil
}

// ownerDied says whether nobody holds the lock file.
func ownerDied(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return true
	}
	if err != nil {
		return false // another user's: theirs to remove
	}
	defer f.Close()
	return tryLock(f) == nil
}
