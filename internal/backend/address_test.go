package backend

import (
	"errors"
	"strings"
	"testing"
)

func TestStoreURLs(t *testing.T) {
	for text, want := range map[string]Address{
		"sqlite:skald.db":           {SQLite, "skald.db"},
		"sqlite:///var/lib/s.db":    {SQLite, "/var/lib/s.db"},
		"postgres://u:p@h/d":        {Postgres, "postgres://u:p@h/d"},
		"postgresql:///d?host=/run": {Postgres, "postgresql:///d?host=/run"},
		"memory:":                   {Memory, ""},
		"memory":                    {Memory, ""},
	} {
		if got, err := ParseStore(text); err != nil || got != want {
			t.Errorf("ParseStore(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestBrokerURLs(t *testing.T) {
	for text, want := range map[string]Address{
		"inproc:":              {InProc, ""},
		"redis://localhost":    {Redis, "redis://localhost"},
		"rediss://:p@h:6380/1": {Redis, "rediss://:p@h:6380/1"},
	} {
		if got, err := ParseBroker(text); err != nil || got != want {
			t.Errorf("ParseBroker(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestWrongURLsSayWhatIsRight(t *testing.T) {
	store := func(s string) (Address, error) { return ParseStore(s) }
	broker := func(s string) (Address, error) { return ParseBroker(s) }
	cases := []struct {
		parse func(string) (Address, error)
		text  string
		want  string
	}{
		{store, "mysql://u:hunter2@h/d", "mysql://u:xxxxx@h/d is of no known kind; use sqlite:FILE, postgres://"},
		{store, "", "no URL given; use sqlite:FILE"},
		{store, "sqlite:", "write sqlite:skald.db"},
		{store, "postgres://u:hun#ter2@h/d", "must be percent-encoded"},
		{store, "postgres:d", "names no host"},
		{broker, "kafka://h", "use inproc: or redis://HOST:PORT/DB"},
		{broker, "redis:", "names no host; write redis://HOST/…"},
	}
	for _, c := range cases {
		_, err := c.parse(c.text)
		if wrong := (*AddressError)(nil); !errors.As(err, &wrong) {
			t.Errorf("%q: want an *AddressError, got %v", c.text, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error lacks %q: %v", c.text, c.want, err)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%q: error shows the password: %v", c.text, err)
		}
	}
}

func TestAddressIsShownWithoutSecrets(t *testing.T) {
	a, err := ParseStore("postgres://u:hunter2@h/d")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.String(); got != "postgres://u:xxxxx@h/d" {
		t.Errorf("String() = %q", got)
	}
	if !a.Shared() || (Address{Kind: Memory}).Shared() {
		t.Error("Shared is wrong")
	}
}
