package domain_test

import (
	"encoding/json"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/domaintest"
)

// BenchmarkThreeStepSaga decides and folds a whole saga of three steps: 11 events in 7 turns.
func BenchmarkThreeStepSaga(b *testing.B) {
	def := prepared(b, order)
	id := domain.SagaIDFromKey("bench", "k", "c")
	input := json.RawMessage(`{"sku":"lamp","amount":40}`)
	output := json.RawMessage(`{"id":"0193-17ab","note":"done as asked"}`)
	var triggers []domain.Trigger
	triggers = append(triggers, domain.StartSaga{SagaID: id, CorrelationID: "c", Input: input})
	for _, step := range []string{"reserve", "charge", "ship"} {
		request := domain.RequestID(id, step, domain.Forward, 1)
		triggers = append(triggers, domain.Reply{RequestID: request, Status: domain.ReplyStart},
			domain.Reply{RequestID: request, Status: domain.ReplyCompleted, Payload: output})
	}
	events := 0
	b.ReportAllocs()
	for b.Loop() {
		s := domain.NewState(id)
		for _, trigger := range triggers {
			next, decided, err := domain.Turn(def, s, domain.Input{At: domaintest.Epoch, Trigger: trigger})
			if err != nil {
				b.Fatal(err)
			}
			s, events = next, events+len(decided)
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkFold folds the history of such a saga.
func BenchmarkFold(b *testing.B) {
	def := prepared(b, order)
	s := domaintest.Given(b, def, "start", "reserve start", "reserve completed", "charge start", "charge completed", "ship start", "ship completed")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := domain.Fold(s.State.SagaID, s.History); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(s.History))/b.Elapsed().Seconds(), "events/s")
}
