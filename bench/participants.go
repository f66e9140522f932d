package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/skald-go/skald/examples/order"
	"github.com/skald-go/skald/router/participant"
)

// participantVerb makes this binary a participant process: bench PARTICIPANT-VERB BROKER-URL.
const participantVerb = "participants"

// runParticipants serves the order's steps until it is told to stop.
func runParticipants(url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	broker, err := openBroker(ctx, url)
	if err != nil {
		return err
	}
	defer broker.Close()
	return participant.Run(ctx, broker, silence, order.Handlers(order.Options{})...)
}

var silence = slog.New(slog.NewTextHandler(io.Discard, nil))

// spawnParticipants starts this binary again as a participant process; stop ends it.
func spawnParticipants(url string) (stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(self, participantVerb, url)
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("participants: %w", err)
	}
	return func() error {
		if err := child.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		return child.Wait()
	}, nil
}
