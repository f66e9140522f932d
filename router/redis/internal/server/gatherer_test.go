package server

import (
	"slices"
	"testing"
)

func TestWhatIsAddedMeanwhileMakesTheNextBatch(t *testing.T) {
	batches := make(chan []int)
	g := NewGatherer(func(batch []int) { batches <- slices.Clone(batch) })
	g.Add(1)
	for n := 2; n <= 4; n++ {
		g.Add(n) // 1 is under way until somebody takes its batch
	}
	var got []int
	for len(got) < 4 {
		got = append(got, <-batches...)
	}
	g.Wait()
	if want := []int{1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

func TestABatchHoldsAllThatGathered(t *testing.T) {
	var sizes []int
	started, release := make(chan struct{}), make(chan struct{})
	g := NewGatherer(func(batch []int) {
		sizes = append(sizes, len(batch))
		if len(sizes) == 1 {
			close(started)
			<-release
		}
	})
	g.Add(0)
	<-started
	for n := range 100 {
		g.Add(n)
	}
	close(release)
	g.Wait()
	if want := []int{1, 100}; !slices.Equal(sizes, want) {
		t.Errorf("batches of %v, want %v", sizes, want)
	}
}
