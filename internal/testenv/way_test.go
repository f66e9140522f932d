package testenv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWaysAreTriedInTheDocumentedOrder(t *testing.T) {
	for _, c := range []struct {
		name          string
		forced, url   string
		shared, owned []way
	}{
		{"nothing set", "", "", []way{wayContainers, wayLocal}, []way{wayContainers, wayLocal}},
		{"a URL", "", "redis://localhost", []way{wayEnv}, []way{wayContainers, wayLocal}},
		{"forced", "local", "", []way{wayLocal}, []way{wayLocal}},
		{"forced, over a URL", "containers", "redis://localhost", []way{wayContainers}, []way{wayContainers}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SKALD_TEST_ENV", c.forced)
			t.Setenv(redisKind.urlVariable, c.url)
			if got := waysFor(redisKind); !slices.Equal(got, c.shared) {
				t.Errorf("a shared server comes from %v, want %v", got, c.shared)
			}
			if got := ownWays(); !slices.Equal(got, c.owned) {
				t.Errorf("a test's own server comes from %v, want %v", got, c.owned)
			}
		})
	}
}

func TestNoWayIsOneLineThatSaysWhatToInstall(t *testing.T) {
	k := redisKind
	k.program = func(string, int, string) (program, error) {
		return program{}, fmt.Errorf("%w: no redis-server in PATH", errUnavailable)
	}
	_, err := open(k, []way{wayLocal})
	if err == nil {
		t.Fatal("a server was found where there is none")
	}
	for _, want := range []string{"apt-get install redis-server", "Docker engine", "SKALD_TEST_REDIS_URL", "no redis-server in PATH"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
}

func TestAnUnknownWayIsNamed(t *testing.T) {
	if _, err := openBy(redisKind, "cloud"); err == nil || !strings.Contains(err.Error(), "SKALD_TEST_ENV=cloud") {
		t.Errorf("error is %v", err)
	}
}

func TestAGivenServerIsUsedAndLeftRunning(t *testing.T) {
	s := StartRedis(t)
	t.Setenv(redisKind.urlVariable, s.URL())
	g, err := openBy(redisKind, wayEnv)
	if err != nil {
		t.Fatal(err)
	}
	if g.url() != s.URL() {
		t.Errorf("uses %s, want %s", g.url(), s.URL())
	}
	if strings.Contains(g.describe(), password(t, s.URL())) {
		t.Errorf("%q tells the password", g.describe())
	}
	if err := errors.Join(g.kill(t.Context()), g.stop(t.Context()), g.remove(t.Context())); err != nil {
		t.Error(err)
	}
	if err := pingRedis(context.Background(), s.URL()); err != nil {
		t.Errorf("the server no longer answers: %v", err)
	}
}

func TestAServerThatCannotStartSaysWhatItsLogSays(t *testing.T) {
	k := redisKind
	k.program = func(dir string, port int, password string) (program, error) {
		p, err := redisProgram(dir, port, password)
		p.args = append(p.args, "--no-such-setting", "1")
		return p, err
	}
	_, err := openBy(k, wayLocal)
	if err == nil || !strings.Contains(err.Error(), "no-such-setting") {
		t.Errorf("error is %v", err)
	}
}

// password is the secret in a server's address.
func password(t *testing.T, address string) string {
	t.Helper()
	secret, _, _ := strings.Cut(strings.TrimPrefix(address, "redis://:"), "@")
	if secret == "" {
		t.Fatalf("%s holds no password", address)
	}
	return secret
}
