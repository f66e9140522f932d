package testenv

import "context"

// roomySettings are a server's that has the machine to itself: durable like the tests' own, but not made small.
var roomySettings = []string{"-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"}

// Standalone is a server for a program that is no test, such as the benchmark.
type Standalone struct{ is instance }

// StandalonePostgres starts a Postgres for the calling program, with room for work; URL is a superuser's. The caller must
// Stop it.
func StandalonePostgres() (*Standalone, error) {
	k := postgresKind
	k.program = func(dir string, port int, password string) (program, error) {
		p, err := postgresProgram(dir, port, password)
		p.args = append(p.args, roomySettings...)
		return p, err
	}
	k.container = func(password string) containerSpec {
		c := postgresContainer(password)
		c.command = append(append([]string{}, c.command...), roomySettings...)
		return c
	}
	return standalone(k)
}

// StandaloneRedis starts a Redis for the calling program. The caller must Stop it.
func StandaloneRedis() (*Standalone, error) { return standalone(redisKind) }

func standalone(k kind) (*Standalone, error) {
	is, err := open(k, ownWays())
	if err != nil {
		return nil, err
	}
	return &Standalone{is: is}, nil
}

// URL is the server's address, password included.
func (s *Standalone) URL() string { return s.is.url() }

// Stop ends the server and removes its data.
func (s *Standalone) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return s.is.remove(ctx)
}
