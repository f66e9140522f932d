package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/backend/runtime"
	"github.com/skald-go/skald/router/participant"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a server with everything behind it, in memory, for one test.
type site struct {
	t       *testing.T
	url     string
	runtime *runtime.Runtime
	*client.Client
}

// trip has two steps that can be undone; a third that may be held up or fail.
func trip(t *testing.T) *domain.Definition {
	t.Helper()
	d, err := domain.Define("trip").Version(1).StartsOn("trip:commands", "trip:start").
		Step("hotel").Command("hotel:commands", "hotel:book").Compensate("hotel:commands", "hotel:cancel").
		Step("flight").Command("flight:commands", "flight:book").Compensate("flight:commands", "flight:cancel").
		Build()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type booking struct {
	City  string `json:"city"`
	Fail  bool   `json:"fail"`
	Stall bool   `json:"stall"` // the flight is not answered before the server stops, or the saga turns round
}

type booked struct{}

func open(t *testing.T, configure ...func(*Config)) *site {
	t.Helper()
	released := make(chan struct{})
	done := func(context.Context, booking, participant.Progress) (booked, error) { return booked{}, nil }
	r, err := runtime.Open(t.Context(), runtime.Config{
		Store: "memory:", Broker: "inproc:",
		Definitions: []*domain.Definition{trip(t)},
		Participants: []participant.Handler{
			participant.Handle("hotel:book", done),
			participant.Handle("hotel:cancel", done),
			participant.Handle("flight:cancel", done),
			participant.Handle("flight:book", func(ctx context.Context, b booking, _ participant.Progress) (booked, error) {
				if b.Stall {
					<-released
				}
				if b.Fail {
					return booked{}, participant.Permanent(errors.New("no seat left"))
				}
				return booked{}, nil
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		Service: &Service{Store: r.Store, Views: r.Projections, Engine: r.Engine, Broker: r.Broker, Publish: r.Publish},
		Ready: func(ctx context.Context) map[string]error {
			return map[string]error{"broker": r.Broker.Ping(ctx)}
		},
	}
	for _, c := range configure {
		c(&config)
	}
	server := httptest.NewServer(NewServer(config).Handler())
	talk := &http.Client{Transport: &http.Transport{}}
	c, err := client.New(server.URL, talk)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		close(released)
		talk.CloseIdleConnections()
		server.Close()
		stop()
		if err := errors.Join(<-ended, r.Close()); err != nil {
			t.Error(err)
		}
	})
	return &site{t: t, url: server.URL, runtime: r, Client: c}
}

func (s *site) start(b booking, more ...func(*api.Start)) api.Started {
	s.t.Helper()
	input, err := json.Marshal(b)
	if err != nil {
		s.t.Fatal(err)
	}
	start := api.Start{Definition: "trip", Input: input}
	for _, m := range more {
		m(&start)
	}
	started, err := s.Start(s.t.Context(), start)
	if err != nil {
		s.t.Fatal(err)
	}
	return started
}

// settled waits for a saga's end.
func (s *site) settled(id domain.SagaID) api.Saga {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	saga, err := s.Await(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return saga
}

// send makes a request by hand.
func (s *site) send(method, path, body string, header ...string) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
			continue
		}
		request.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer
}

func bodyText(t *testing.T, answer *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantProblem checks an error of the client for its kind, and that it says what to do.
func wantProblem(t *testing.T, err error, kind api.Kind, words string) {
	t.Helper()
	var problem *api.Problem
	if !errors.As(err, &problem) {
		t.Errorf("want a problem of kind %s, got %v", kind, err)
		return
	}
	if problem.Kind != kind || problem.ToDo == "" || !strings.Contains(problem.Error(), words) {
		t.Errorf("want %s with %q and what to do, got %+v", kind, words, problem)
	}
}
