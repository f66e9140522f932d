package config

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Sources are the places that values are read from.
type Sources struct {
	File  string            // a YAML file; "" for none
	Env   []string          // as of os.Environ
	Flags map[string]string // key name -> value, the values given on the command line
}

// Faults is every fault of a configuration, each naming the place and what to do.
type Faults []string

func (f Faults) Error() string { return strings.Join(f, "; ") }

// Load puts the sources over the defaults. The error is Faults with every fault found, or a file that cannot be read.
// Hints are remarks worth a line: an environment variable that looks like a misspelt key. (It is no error: SKALD_… is a
// prefix that others set as well, a Kubernetes service called skald for one.)
func Load(s Sources) (c Config, hints []string, err error) {
	c = Default()
	var faults Faults
	if s.File != "" {
		text, err := os.ReadFile(s.File)
		if err != nil {
			return Config{}, nil, fmt.Errorf("cannot read the configuration file: %w", err)
		}
		faults = append(faults, c.fromFile(s.File, text)...)
	}
	envFaults, hints := c.fromEnv(s.Env)
	faults = append(faults, envFaults...)
	faults = append(faults, c.fromFlags(s.Flags)...)
	if len(faults) > 0 {
		return Config{}, nil, faults
	}
	return c, hints, nil
}

func (c *Config) fromEnv(environ []string) (faults Faults, hints []string) {
	byEnv := map[string]Key{}
	for _, key := range keys {
		byEnv[key.Env()] = key
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, envPrefix) || value == "" {
			continue // an empty variable is as good as none
		}
		key, ok := byEnv[name]
		if !ok {
			if near := nearest(name, slices.Sorted(maps.Keys(byEnv)), 2); near != "" {
				hints = append(hints, fmt.Sprintf("environment variable %s is no key of Skald; did you mean %s?", name, near))
			}
			continue
		}
		if err := key.set(c, value); err != nil {
			faults = append(faults, fmt.Sprintf("environment variable %s: %v", name, key.hide(err)))
			continue
		}
		c.origins[key.Name] = "environment " + name
	}
	return faults, hints
}

func (c *Config) fromFlags(flags map[string]string) (faults Faults) {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		key, ok := lookup(name)
		if !ok {
			faults = append(faults, "--set "+name+": "+unknownKey(name))
			continue
		}
		if err := key.set(c, flags[name]); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", cmp.Or(key.Flag, "--set "+key.Name), key.hide(err)))
			continue
		}
		c.origins[name] = OriginFlag
	}
	return faults
}

// hide keeps a refused value out of the message when it may hold a secret.
func (k Key) hide(err error) error {
	if k.Secret {
		return fmt.Errorf("the value is refused (not shown, it may hold a password)")
	}
	return err
}
