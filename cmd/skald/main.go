// Command skald runs sagas and recites what happened to them. `skald --help` lists its commands, `skald demo` shows what
// it is about.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a graceful stop; from then on a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	code := New(os.Stdin, os.Stdout, os.Stderr, os.Environ()).Run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
