package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// result is one run, or the median of several.
type result struct {
	Scenario       string  `json:"scenario"`
	InFlight       int     `json:"in_flight"`
	Sagas          int     `json:"sagas"`
	SagasPerSecond float64 `json:"sagas_per_s"`
	P50            float64 `json:"p50_ms"`
	P99            float64 `json:"p99_ms"`
	Raw            float64 `json:"raw_sagas_per_s"` // the yardstick, taken in the same run
	RatioLimit     float64 `json:"ratio_limit"`
	Violations     int     `json:"violations"`
}

func summarise(name string, inFlight int, t timing) result {
	slices.Sort(t.each)
	at := func(q float64) float64 {
		return float64(t.each[min(int(q*float64(len(t.each))), len(t.each)-1)]) / float64(time.Millisecond)
	}
	return result{
		Scenario: name, InFlight: inFlight, Sagas: len(t.each),
		SagasPerSecond: float64(len(t.each)) / t.total.Seconds(),
		P50:            at(0.50), P99: at(0.99),
	}
}

// median is the run with the middle rate. Its other figures are of that same run, so that its ratio is one that was
// measured.
func median(runs []result) result {
	runs = slices.Clone(runs)
	slices.SortFunc(runs, func(a, b result) int { return cmp.Compare(a.SagasPerSecond, b.SagasPerSecond) })
	return runs[len(runs)/2]
}

func (r result) String() string {
	return fmt.Sprintf("%-20s %7.0f sagas/s   p50 %.1f ms   p99 %.1f ms   yardstick %.0f/s   ratio %.2f", r.Scenario, r.SagasPerSecond, r.P50, r.P99, r.Raw, r.RatioLimit)
}

func table(w io.Writer, results []result) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "scenario\tin flight\tsagas/s\tp50 ms\tp99 ms\traw append loop, sagas/s\tratio\tviolations\t")
	for _, r := range results {
		fmt.Fprintf(tw, "%s\t%d\t%.0f\t%.1f\t%.1f\t%.0f\t%.2f\t%d\t\n", r.Scenario, r.InFlight, r.SagasPerSecond, r.P50, r.P99, r.Raw, r.RatioLimit, r.Violations)
	}
	_ = tw.Flush()
	fmt.Fprintf(w, "raw append loop: %d events a saga in %d transactions shared by %d sagas, one connection, no messaging\n",
		rawTurns*rawEventsPerTurn, rawTurns, rawShared)
}
