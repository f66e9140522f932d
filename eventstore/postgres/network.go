package postgres

import (
	"errors"
	"io"
	"net"
)

// isNetwork reports whether err came from the network beneath the protocol.
func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
