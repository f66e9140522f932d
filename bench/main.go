// Command bench measures Skald on this machine, next to a yardstick taken in the same run.
//
//	go run . [flags] [SCENARIO …]
//
// Without a scenario it runs all of them. It starts the servers it needs (Postgres with fsync, Redis with an
// append-only file) on free loopback ports and stops them. Speed lives here and never in a test.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

type options struct {
	sagas, inFlight, runs int
	yardstick             time.Duration
	json                  bool
	cpuProfile            string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == participantVerb {
		exit(runParticipants(os.Args[2]))
	}
	var o options
	flag.IntVar(&o.sagas, "sagas", 5000, "sagas measured in each run; a fifth as many run before, to warm up")
	flag.IntVar(&o.inFlight, "c", 256, "sagas in flight at once")
	flag.IntVar(&o.runs, "runs", 3, "runs of each scenario; the median counts")
	flag.DurationVar(&o.yardstick, "yardstick", 3*time.Second, "how long the raw append loop runs in each run")
	flag.BoolVar(&o.json, "json", false, "print one line of JSON for each scenario as well")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile of this process (not of the participants) to `FILE`")
	flag.Usage = usage
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(profiled(o.cpuProfile, func() error { return run(ctx, o, flag.Args()) }))
}

// profiled does work, and writes a CPU profile of it when file is not "".
func profiled(file string, work func() error) (err error) {
	if file == "" {
		return work()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return work()
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: go run . [flags] [SCENARIO …]")
	for _, s := range scenarios {
		fmt.Fprintf(os.Stderr, "  %-20s %s\n", s.name, s.about)
	}
	flag.PrintDefaults()
}

func run(ctx context.Context, o options, names []string) (err error) {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	// Benchmarks want the machine's own servers, not a container's.
	if os.Getenv("SKALD_TEST_ENV") == "" {
		if err := os.Setenv("SKALD_TEST_ENV", "local"); err != nil {
			return err
		}
	}
	results := make(map[string][]result)
	for n := range o.runs { // interleaved, so that a slow minute of the machine touches all scenarios alike
		for _, s := range chosen {
			r, err := s.run(ctx, o)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			fmt.Fprintf(os.Stderr, "run %d/%d  %s\n", n+1, o.runs, r)
			results[s.name] = append(results[s.name], r)
		}
	}
	medians := make([]result, len(chosen))
	for i, s := range chosen {
		medians[i] = median(results[s.name])
	}
	table(os.Stdout, medians)
	if o.json {
		out := json.NewEncoder(os.Stdout)
		for _, m := range medians {
			if err := out.Encode(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func choose(names []string) ([]scenario, error) {
	if len(names) == 0 {
		return scenarios, nil
	}
	var chosen []scenario
	for _, name := range names {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			var known []string
			for _, s := range scenarios {
				known = append(known, s.name)
			}
			return nil, fmt.Errorf("there is no scenario %q; there are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, scenarios[i])
	}
	return chosen, nil
}
