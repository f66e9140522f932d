package testenv

import "context"

// Standalone is a server for a program that is no test, such as the benchmark.
type Standalone struct{ is instance }

// StandalonePostgres starts a Postgres for the calling program; URL is a superuser's. The caller must Stop it.
func StandalonePostgres() (*Standalone, error) { return standalone(postgresKind) }

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
