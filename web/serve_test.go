package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

func TestListenRefusesWhatIsNotLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:80", "example.com:80"} {
		if l, err := Listen(t.Context(), address); err == nil {
			_ = l.Close()
			t.Errorf("%s is accepted", address)
		} else if !strings.Contains(err.Error(), "no authentication yet") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := Listen(t.Context(), "8080"); err == nil || !strings.Contains(err.Error(), "write 127.0.0.1:8080") {
		t.Errorf("8080: %v", err)
	}
	first, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	if _, err := Listen(t.Context(), first.Addr().String()); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("a taken port: %v", err)
	}
}

func TestServeAnswersThoseWhoWaitWhenItStops(t *testing.T) {
	s := open(t)
	started := s.start(booking{Stall: true})
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(Config{Service: &Service{Store: s.runtime.Store, Views: s.runtime.Projections}})
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener, 5*time.Second) }()

	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c, err := client.New("http://"+listener.Addr().String(), &http.Client{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Saga(t.Context(), started.SagaID); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	waited := make(chan error, 1)
	go func() {
		_, err := c.Await(t.Context(), started.SagaID)
		waited <- err
	}()
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	// The waiter either was answered and asks again, or came too late: in both cases nobody is there any more.
	if err, gone := <-waited, (*client.UnreachableError)(nil); !errors.As(err, &gone) {
		t.Errorf("await: %v", err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("the stop waited for the waiter: %s", took)
	}
}

func TestAStoreAloneAnswersWhatCanBeRead(t *testing.T) {
	s := open(t)
	saga := s.settled(s.start(booking{}).SagaID)
	alone := &Service{Store: s.runtime.Store, Views: s.runtime.Projections, CatchUp: true}
	page, err := alone.Sagas(t.Context(), api.SagaQuery{})
	if err != nil || len(page.Sagas) != 1 || page.Sagas[0].SagaID != saga.SagaID || page.Sagas[0].Status != domain.Completed {
		t.Errorf("page %+v, %v", page, err)
	}
	_, err = alone.Start(t.Context(), api.Start{Definition: "trip"})
	wantProblem(t, err, api.Refused, "needs a running server")
	wantProblem(t, alone.Cancel(t.Context(), saga.SagaID, api.Cancel{Actor: "a", Reason: "b"}), api.Refused, "--server")
	wantProblem(t, alone.Requeue(t.Context(), "x", api.Resolve{Actor: "a"}), api.Refused, "--server")
	_, err = alone.PutDefinition(t.Context(), trip(t))
	wantProblem(t, err, api.Refused, "--server")
}

func TestAPanicIsOneRequestsFault(t *testing.T) {
	s := NewServer(Config{Service: &Service{}}) // no store: whatever needs one panics
	answer := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "/api/v1/definitions", nil)
	request.Host = "localhost"
	s.Handler().ServeHTTP(answer, request)
	if answer.Code != http.StatusInternalServerError || !strings.Contains(answer.Body.String(), "a fault of Skald") {
		t.Errorf("status %d: %s", answer.Code, answer.Body.String())
	}
}

func TestAServerThatIsNoneOfOursIsToldApart(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	c, err := client.New(other.URL, other.Client())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "no Skald server") {
		t.Errorf("err: %v", err)
	}
	if _, err := client.New("localhost:8080", nil); err == nil || !strings.Contains(err.Error(), "write http://HOST:PORT") {
		t.Errorf("err: %v", err)
	}
}

func TestPositionsAreText(t *testing.T) {
	var p api.Position
	if err := p.UnmarshalText([]byte("3:17")); err != nil || p != (api.Position{Lane: 3, Offset: 17}) || p.String() != "3:17" {
		t.Errorf("position %+v, %v", p, err)
	}
	for _, wrong := range []string{"", "3", "3:", ":1", "a:b", "70000:1"} {
		if err := p.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
