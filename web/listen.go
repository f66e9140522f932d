package web

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Listen opens the address for a Server. It refuses every address that is not loopback: the API asks nobody who they
// are.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %q is not HOST:PORT; write 127.0.0.1:8080", address)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("listen: refusing %s: whoever reaches the API may start and cancel sagas, and there is no "+
			"authentication yet; listen on 127.0.0.1:%s and put a proxy that asks for a password in front", address, port)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; choose another address with --listen (port 0 takes a free one)", err)
	}
	return listener, nil
}

// loopback reports whether host is reached from this machine only. Names other than localhost are not asked for: what
// they stand for may change.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
