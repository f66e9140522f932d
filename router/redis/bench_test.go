package redis_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/router/redis"
)

// callers is how many goroutines publish at once, as the sagas of a busy router do.
const callers = 256

func openForBenchmark(b *testing.B) *redis.Broker {
	b.Helper()
	broker, err := redis.Open(context.Background(), testenv.Redis(b), redis.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = broker.Close() })
	return broker
}

// reply is what a participant sends most.
func reply(n int) domain.Envelope {
	return domain.Envelope{
		Stream:        "skald:replies:0",
		CorrelationID: fmt.Sprintf("order-%d", n),
		SagaID:        fmt.Sprintf("01932c07-209f-7ab4-8cf2-%012x", n),
		EventType:     "inventory:reserve",
		Status:        domain.ReplyCompleted,
		Payload:       []byte(`{"reservation":"R-4711","item":"lamp","quantity":2}`),
		Timestamp:     time.Unix(1_700_000_000, 0),
		RequestID:     fmt.Sprintf("01932c07-209f-7ab4-8cf2-5d1f%08x:reserve:1", n),
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, batch := range []int{1, 64} {
		b.Run(fmt.Sprintf("each=%d", batch), func(b *testing.B) {
			broker := openForBenchmark(b)
			messages := make([]domain.Envelope, batch)
			for i := range messages {
				messages[i] = reply(i)
			}
			b.ReportAllocs()
			b.SetParallelism(callers / runtime.GOMAXPROCS(0))
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if err := broker.Publish(context.Background(), messages); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	broker := openForBenchmark(b)
	const batch = 1000
	messages := make([]domain.Envelope, 0, batch)
	for n := range b.N {
		if messages = append(messages, reply(n)); len(messages) == batch || n == b.N-1 {
			if err := broker.Publish(context.Background(), messages); err != nil {
				b.Fatal(err)
			}
			messages = messages[:0]
		}
	}
	subscriber, err := broker.Subscriber("g")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	received, err := subscriber.Subscribe(context.Background(), "skald:replies:0")
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		(<-received).Ack()
	}
	if err := subscriber.Close(); err != nil { // it waits until the server knows
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
