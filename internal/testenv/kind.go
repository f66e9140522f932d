package testenv

import (
	"context"
	"crypto/rand"
	"time"
)

// kind is what testenv knows of one sort of server, whichever way it is run.
type kind struct {
	name           string
	urlVariable    string   // environment: the URL of a server that is running already
	imageVariable  string   // environment: the one image to use
	images         []string // without it: the first that the engine has, else the first is pulled
	installPackage string   // what to install for the local way, as Debian calls it

	// ping returns nil once the server answers a query.
	ping func(ctx context.Context, url string) error
	// program says how to run the server from this machine's binaries; an error names what is missing.
	program func(dir string, port int, password string) (program, error)
	// container says how to run it in an image, official or home-made.
	container func(password string) containerSpec
	// url is a client's address of a server that testenv started.
	url func(host string, port int, password string) string
}

// instance is one server, run one way. Calls block until the server is in the state asked for.
type instance interface {
	url() string
	describe() string // for the line that says which was used
	// start starts the server, or starts it again over its data; it returns once the server answers.
	start(ctx context.Context) error
	// stop ends it as an operator would.
	stop(ctx context.Context) error
	// kill ends it at once with SIGKILL, all its processes.
	kill(ctx context.Context) error
	// remove stops it if need be and deletes its data.
	remove(ctx context.Context) error
}

// newPassword keeps the machine's other users out: a Postgres superuser may run programs.
func newPassword() string { return rand.Text() }

// untilAnswers asks a starting server until it answers, ctx ends, or exited is closed. A server offers no signal that it
// accepts connections, so this is a poll.
func untilAnswers(ctx context.Context, ping func(context.Context) error, exited <-chan struct{}) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := ping(try)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return errExited
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
