package backend

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/skald-go/skald/internal/config"
)

// Kind is what a URL leads to.
type Kind string

// The kinds of store and of broker.
const (
	SQLite   Kind = "sqlite"
	Postgres Kind = "postgres"
	Memory   Kind = "memory"
	InProc   Kind = "inproc"
	Redis    Kind = "redis"
)

// Address is a store's or a broker's URL, taken apart.
type Address struct {
	Kind Kind
	// Target is what the driver is given: a file for SQLite, the URL for Postgres and Redis, "" for the others.
	Target string
}

// String is the address without secrets.
func (a Address) String() string {
	switch a.Kind {
	case SQLite:
		return "sqlite:" + a.Target
	case Postgres, Redis:
		return config.Redact(a.Target)
	}
	return string(a.Kind) + ":"
}

// Shared reports whether other processes can reach what the address names.
func (a Address) Shared() bool { return a.Kind != Memory && a.Kind != InProc }

// AddressError says that a URL names no store or no broker. Trying again does not help.
type AddressError struct{ Reason string }

func (e *AddressError) Error() string { return e.Reason }

// ParseStore reads the URL of a store. The error is *AddressError.
func ParseStore(text string) (Address, error) {
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		file := strings.TrimPrefix(rest, "//")
		if file == "" {
			return Address{}, &AddressError{"store: sqlite: needs a file; write sqlite:skald.db"}
		}
		return Address{Kind: SQLite, Target: file}, nil
	case "postgres", "postgresql":
		if err := checkURL("store", text); err != nil {
			return Address{}, err
		}
		return Address{Kind: Postgres, Target: text}, nil
	case "memory":
		return Address{Kind: Memory}, nil
	}
	return Address{}, unknownKind("store", text, "sqlite:FILE, postgres://USER@HOST/DATABASE or memory:")
}

// ParseBroker reads the URL of a broker. The error is *AddressError.
func ParseBroker(text string) (Address, error) {
	scheme, _, _ := strings.Cut(text, ":")
	switch scheme {
	case "inproc":
		return Address{Kind: InProc}, nil
	case "redis", "rediss":
		if err := checkURL("broker", text); err != nil {
			return Address{}, err
		}
		return Address{Kind: Redis, Target: text}, nil
	}
	return Address{}, unknownKind("broker", text, "inproc: or redis://HOST:PORT/DB")
}

// checkURL finds what the drivers would only say with the whole URL, password included, in their message.
func checkURL(what, text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return &AddressError{fmt.Sprintf("%s: %s is not a URL; characters such as @ : / # %% in a password must be percent-encoded",
			what, config.Redact(text))}
	}
	if u.Host == "" && u.Query().Get("host") == "" {
		return &AddressError{fmt.Sprintf("%s: %s names no host; write %s://HOST/…", what, config.Redact(text), u.Scheme)}
	}
	return nil
}

func unknownKind(what, text, use string) error {
	if text == "" {
		return &AddressError{fmt.Sprintf("%s: no URL given; use %s", what, use)}
	}
	return &AddressError{fmt.Sprintf("%s: %s is of no known kind; use %s", what, config.Redact(text), use)}
}
