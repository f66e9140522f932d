package testenv

import "go.uber.org/goleak"

// lingering are goroutines of libraries that end by themselves, shortly after what they served was closed.
func lingering() []goleak.Option {
	return []goleak.Option{
		// An idle connection to the Docker engine.
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		// go-redis, whose server was killed: it notices within a second that its client was closed.
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
	}
}
