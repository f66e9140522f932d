package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

func TestASagaFromStartToRecital(t *testing.T) {
	s := open(t)
	started := s.start(booking{City: "Oslo"}, func(a *api.Start) { a.CorrelationID = "c/1 ø" })
	saga := s.settled(started.SagaID)
	if saga.Status != domain.Completed || saga.CorrelationID != "c/1 ø" || len(saga.Steps) != 2 || saga.Steps[1].Name != "flight" {
		t.Errorf("saga: %+v", saga)
	}
	if saga.Steps[0].Phase != domain.StepDone || saga.Steps[0].Attempts != 1 || saga.EndedAt.IsZero() {
		t.Errorf("first step: %+v", saga.Steps[0])
	}
	history, err := s.History(t.Context(), started.SagaID)
	if err != nil || uint64(len(history.Events)) != saga.Version || history.Events[0].Type != "SagaStarted" {
		t.Errorf("history: %+v, %v", history, err)
	}
	all, err := s.Conversation(t.Context(), "c/1 ø")
	if err != nil || len(all.Sagas) != 1 || all.Sagas[0].SagaID != started.SagaID {
		t.Errorf("conversation: %+v, %v", all, err)
	}
	for format, word := range map[string]string{"text": "hotel", "json": `"`} {
		text, err := s.Recital(t.Context(), "c/1 ø", api.RecitalQuery{Format: format})
		if err != nil || !strings.Contains(string(text), word) {
			t.Errorf("recital as %s: %s, %v", format, text, err)
		}
	}
}

func TestAFailedStepIsSeenWithItsCompensation(t *testing.T) {
	s := open(t)
	saga := s.settled(s.start(booking{Fail: true}).SagaID)
	if saga.Status != domain.Compensated || !strings.Contains(saga.Error, "no seat left") {
		t.Errorf("saga: %+v", saga)
	}
	if saga.Steps[0].Phase != domain.StepUndone || saga.Steps[0].UndoAttempts != 1 || saga.Steps[1].Phase != domain.StepGivenUp {
		t.Errorf("steps: %+v", saga.Steps)
	}
}

func TestTheSameKeyStartsNothing(t *testing.T) {
	s := open(t)
	body := `{"definition": "trip", "input": {"city": "Oslo"}}`
	first := s.send("POST", "/api/v1/sagas", body, KeyHeader, "k1")
	second := s.send("POST", "/api/v1/sagas", body, KeyHeader, "k1")
	if first.StatusCode != http.StatusCreated || second.StatusCode != http.StatusOK {
		t.Errorf("statuses %d and %d", first.StatusCode, second.StatusCode)
	}
	if a, b := first.Header.Get("Location"), second.Header.Get("Location"); a != b || !strings.HasPrefix(a, "/api/v1/sagas/") {
		t.Errorf("locations %q and %q", a, b)
	}
	if !strings.Contains(bodyText(t, second), `"correlation_id":"trip:k1"`) {
		t.Error("the conversation does not follow from the key")
	}
}

func TestAListReadsWhatWasJustWritten(t *testing.T) {
	s := open(t)
	for i := range 5 {
		started := s.start(booking{City: fmt.Sprint(i)})
		page, err := s.Sagas(t.Context(), api.SagaQuery{Limit: 10, Definition: "trip", Wait: &started.Position})
		if err != nil {
			t.Fatal(err)
		}
		// Which of those that began within one millisecond comes first is open.
		if !slices.ContainsFunc(page.Sagas, func(saga api.Saga) bool { return saga.SagaID == started.SagaID }) {
			t.Fatalf("start %d is not in the list: %+v", i, page)
		}
	}
	ended := s.settled(s.start(booking{City: "Rome"}, func(a *api.Start) { a.CorrelationID = "rome" }).SagaID)
	latest, err := s.Sagas(t.Context(), api.SagaQuery{CorrelationID: "rome", Latest: true})
	if err != nil || len(latest.Sagas) != 1 || latest.Sagas[0].Version != ended.Version {
		t.Errorf("the latest list shows %+v, %v", latest, err)
	}
	seen, q := 0, api.SagaQuery{Limit: 2}
	for {
		page, err := s.Sagas(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(page.Sagas)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if seen != 6 {
		t.Errorf("the pages hold %d sagas", seen)
	}
	none, err := s.Sagas(t.Context(), api.SagaQuery{Status: domain.Stuck})
	if err != nil || len(none.Sagas) != 0 {
		t.Errorf("stuck sagas: %+v, %v", none, err)
	}
}

func TestCancelTurnsASagaRound(t *testing.T) {
	s := open(t)
	done := s.settled(s.start(booking{}).SagaID)
	started := s.start(booking{Stall: true})
	err := s.Cancel(t.Context(), started.SagaID, api.Cancel{Actor: "anna"})
	wantProblem(t, err, api.Invalid, "why, is missing")
	if err := s.Cancel(t.Context(), started.SagaID, api.Cancel{Actor: "anna", Reason: "not wanted"}); err != nil {
		t.Fatal(err)
	}
	saga, err := s.Saga(t.Context(), started.SagaID)
	if err != nil || saga.Status != domain.Compensating {
		t.Errorf("saga %+v, %v", saga, err)
	}
	err = s.Cancel(t.Context(), done.SagaID, api.Cancel{Actor: "anna", Reason: "too late"})
	wantProblem(t, err, api.Refused, "")
}

func TestOperationsArePreviewedAndDone(t *testing.T) {
	s := open(t)
	ctx, id := t.Context(), s.start(booking{Stall: true}).SagaID
	by := api.Operation{Actor: "anna", Reason: "why not"}
	preview, err := s.Operate(ctx, id, domain.VerbPause, by, true)
	if err != nil || !preview.DryRun || len(preview.Events) != 2 || preview.Events[1].Type != "SagaPaused" {
		t.Errorf("preview: %+v, %v", preview, err)
	}
	if saga, err := s.Saga(ctx, id); err != nil || saga.Paused {
		t.Errorf("after the preview: %+v, %v", saga, err)
	}
	if _, err := s.Operate(ctx, id, domain.VerbPause, by, false); err != nil {
		t.Error(err)
	}
	if saga, err := s.Saga(ctx, id); err != nil || !saga.Paused {
		t.Errorf("after the pause: %+v, %v", saga, err)
	}
	complete := api.Operation{Step: "flight", Output: []byte(`{"seat": "1A"}`), Actor: "anna", Reason: "booked by phone"}
	for _, done := range []struct {
		verb domain.Verb
		by   api.Operation
	}{{domain.VerbComplete, complete}, {domain.VerbSkip, api.Operation{Step: "hotel", Actor: "anna", Reason: "sleeps at home"}}, {domain.VerbResume, by}} {
		_, err := s.Operate(ctx, id, done.verb, done.by, false)
		if refused := (*api.Problem)(nil); errors.As(err, &refused) && done.verb == domain.VerbSkip {
			continue // the hotel was quicker
		}
		if err != nil {
			t.Errorf("%s: %v", done.verb, err)
		}
	}
	if saga := s.settled(id); saga.Status != domain.Completed {
		t.Errorf("saga: %+v", saga)
	}
	_, err = s.Operate(ctx, id, domain.VerbRetry, by, true)
	wantProblem(t, err, api.Refused, "there is nothing to retry")
	_, err = s.Operate(ctx, id, domain.VerbRetry, api.Operation{Actor: "anna"}, false)
	wantProblem(t, err, api.Invalid, "why, is missing")
}

func TestASignalIsTakenOnce(t *testing.T) {
	s := open(t)
	d, err := domain.Define("vote").Version(1).Step("first").WaitFor("yes", 0).Step("second").WaitFor("yes", 0).Build()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutDefinition(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	started, err := s.Start(t.Context(), api.Start{Definition: "vote"})
	if err != nil {
		t.Fatal(err)
	}
	id, path := started.SagaID, "/api/v1/sagas/"+started.SagaID.String()+"/signals/yes"
	for range 2 {
		if answer := s.send("POST", path, `{"payload": {"n": 1}}`, KeyHeader, "k1"); answer.StatusCode != http.StatusAccepted {
			t.Errorf("status %d: %s", answer.StatusCode, bodyText(t, answer))
		}
	}
	if answer := s.send("POST", path, `{"key": "k2"}`, KeyHeader, "k1"); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("two keys: status %d", answer.StatusCode)
	}
	wantProblem(t, s.Signal(t.Context(), id, "no", api.Signal{}), api.Refused, "this saga's wait for yes")
	saga, err := s.Saga(t.Context(), id)
	if err != nil || len(saga.Steps) != 2 || string(saga.Steps[0].Output) != `{"n":1}` || saga.Steps[1].Phase != domain.StepAwaiting {
		t.Errorf("saga %+v, %v", saga, err)
	}
	if err := s.Signal(t.Context(), id, "yes", api.Signal{}); err != nil {
		t.Error(err)
	}
	if saga := s.settled(id); saga.Status != domain.Completed {
		t.Errorf("saga %+v", saga)
	}
}

func TestDefinitionsArePublishedOnce(t *testing.T) {
	s := open(t)
	d, err := domain.Define("walk").Version(1).StartsOn("walk:commands", "walk:start").Step("hotel").Command("hotel:commands", "hotel:book").Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if published, err := s.PutDefinition(t.Context(), d); err != nil || published.Digest != d.Digest() {
			t.Fatalf("published %+v, %v", published, err)
		}
	}
	changed := *d
	changed.Description = "another"
	_, err = s.PutDefinition(t.Context(), &changed)
	wantProblem(t, err, api.Changed, "give the change a new version number")

	all, err := s.Definitions(t.Context())
	if err != nil || len(all.Definitions) != 2 || all.Definitions[1].Name != "walk" || all.Definitions[1].Document != nil {
		t.Errorf("definitions %+v, %v", all, err)
	}
	newest, err := s.Definition(t.Context(), "walk", 0)
	if err != nil || newest.Version != 1 || !strings.Contains(string(newest.Document), "walk:start") {
		t.Errorf("newest %+v, %v", newest, err)
	}

	// Its start stream is listened to from now on.
	err = s.runtime.Broker.Publish(t.Context(), []domain.Envelope{{Stream: "walk:commands", CorrelationID: "w1", EventType: "walk:start", Timestamp: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		_, err := s.Conversation(t.Context(), "w1")
		return err
	})
}

func TestDeadLettersWaitForADecision(t *testing.T) {
	s := open(t)
	for _, city := range []string{"Oslo", "Bergen"} {
		err := s.runtime.Broker.Publish(t.Context(), []domain.Envelope{{
			Stream: "trip:commands", EventType: "trip:start", Payload: []byte(`{"city": "` + city + `"}`), Timestamp: time.Now(),
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	var page api.DeadLetters
	eventually(t, func() (err error) {
		if page, err = s.DeadLetters(t.Context(), "", 10); err == nil && len(page.DeadLetters) != 2 {
			err = fmt.Errorf("%d dead letters", len(page.DeadLetters))
		}
		return err
	})
	first, second := page.DeadLetters[0], page.DeadLetters[1]
	if !strings.Contains(first.Reason, "correlation_id") || first.Stream != "trip:commands" || first.Fields["payload"] == "" {
		t.Errorf("letter: %+v", first)
	}
	wantProblem(t, s.Discard(t.Context(), first.ID, api.Resolve{}), api.Invalid, "who decides is missing")
	if err := s.Discard(t.Context(), first.ID, api.Resolve{Actor: "anna"}); err != nil {
		t.Error(err)
	}
	wantProblem(t, s.Discard(t.Context(), first.ID, api.Resolve{Actor: "bert"}), api.Refused, "decided about this dead letter before")
	if err := s.Requeue(t.Context(), second.ID, api.Resolve{Actor: "anna"}); err != nil {
		t.Error(err)
	}
	shown, err := s.DeadLetter(t.Context(), second.ID)
	if err != nil || shown.Resolution != "requeued" || shown.ResolvedBy != "anna" {
		t.Errorf("resolved letter: %+v, %v", shown, err)
	}
	eventually(t, func() error { // it comes back: nothing was mended
		page, err := s.DeadLetters(t.Context(), "", 10)
		if err == nil && (len(page.DeadLetters) != 1 || page.DeadLetters[0].ID == second.ID) {
			err = fmt.Errorf("letters: %+v", page.DeadLetters)
		}
		return err
	})
}

func TestProjectionsAreSeenAndRebuilt(t *testing.T) {
	s := open(t)
	s.settled(s.start(booking{}).SagaID)
	if err := s.Rebuild(t.Context(), "saga_status"); err != nil {
		t.Error(err)
	}
	all, err := s.Projections(t.Context())
	if err != nil || len(all.Projections) != 1 || all.Projections[0].Phase != "current" || len(all.Projections[0].Lanes) != s.runtime.Store.Lanes() {
		t.Errorf("projections: %+v, %v", all, err)
	}
	wantProblem(t, s.Rebuild(t.Context(), "nothing"), api.NotFound, "projections list")
}

func TestErrorsOfTheClientSayWhatToDo(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	_, err := s.Start(ctx, api.Start{Definition: "nowhere"})
	wantProblem(t, err, api.NotFound, "definitions put FILE")
	_, err = s.Start(ctx, api.Start{})
	wantProblem(t, err, api.Invalid, "name of a definition is missing")
	_, err = s.Start(ctx, api.Start{Definition: "trip", Input: []byte(`[1]`)})
	wantProblem(t, err, api.Refused, "must be a JSON object")
	_, err = s.Saga(ctx, domain.NewSagaID(time.Now(), "x", [8]byte{}))
	wantProblem(t, err, api.NotFound, "there is no saga")
	_, err = s.Conversation(ctx, "nobody")
	wantProblem(t, err, api.NotFound, `correlation id "nobody"`)
	_, err = s.Recital(ctx, "nobody", api.RecitalQuery{})
	wantProblem(t, err, api.NotFound, `correlation id "nobody"`)
	_, err = s.Definition(ctx, "trip", 7)
	wantProblem(t, err, api.NotFound, "no such definition or version")
	_, err = s.DeadLetter(ctx, "nothing")
	wantProblem(t, err, api.NotFound, "no such dead letter")
	_, err = s.Sagas(ctx, api.SagaQuery{After: "nothing"})
	wantProblem(t, err, api.Invalid, "unchanged")
	_, err = s.Sagas(ctx, api.SagaQuery{Wait: &api.Position{Lane: 999, Offset: 1}})
	wantProblem(t, err, api.Invalid, "no lane")

	nobody, err := client.New("http://127.0.0.1:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = nobody.Version(ctx)
	if gone := (*client.UnreachableError)(nil); !errors.As(err, &gone) || !strings.Contains(err.Error(), "start one with `skald serve`") {
		t.Errorf("no server: %v", err)
	}
}

func TestWrongRequestsAreRefusedInWords(t *testing.T) {
	s := open(t, func(c *Config) { c.MaxBody = 1 << 10 })
	good := `{"definition": "trip"}`
	for _, c := range []struct {
		method, path, body string
		header             []string
		status             int
		words              string
	}{
		{"POST", "/api/v1/sagas", `{"definition": "trip", "inputs": {}}`, nil, 400, `unknown field \"inputs\"`},
		{"POST", "/api/v1/sagas", `{`, nil, 400, "not understood"},
		{"POST", "/api/v1/sagas", good + good, nil, 400, "goes on after"},
		{"POST", "/api/v1/sagas", `{"definition": "trip", "key": "a"}`, []string{KeyHeader, "b"}, 400, "differ"},
		{"POST", "/api/v1/sagas", `{"definition": "` + strings.Repeat("x", 2000) + `"}`, nil, 413, "larger than 1024 bytes"},
		{"POST", "/api/v1/sagas", good, []string{"Sec-Fetch-Site", "cross-site"}, 422, "another origin"},
		{"POST", "/api/v1/sagas", good, []string{"Host", "evil.example:8080"}, 422, "evil.example"},
		{"GET", "/api/v1/sagas/nothing", "", nil, 400, "not a saga id"},
		{"GET", "/api/v1/sagas?status=odd", "", nil, 400, "use one of running, compensating"},
		{"GET", "/api/v1/sagas?limit=0", "", nil, 400, "between 1 and 1000"},
		{"GET", "/api/v1/sagas?wait=x", "", nil, 400, "LANE:OFFSET"},
		{"GET", "/api/v1/sagas/01932c07-209f-7ab4-8cf2-5d1f4be0a3c1?until=noon", "", nil, 400, "until=settled"},
		{"GET", "/api/v1/sagas/01932c07-209f-7ab4-8cf2-5d1f4be0a3c1?until=settled&timeout=x", "", nil, 400, "timeout=20s"},
		{"GET", "/api/v1/conversations/c/recital?format=xml", "", nil, 400, "use text or json"},
		{"GET", "/api/v1/conversations/c/recital?to_version=0", "", nil, 400, "versions are 1, 2, 3"},
		{"GET", "/api/v1/conversations/c/recital?at=noon", "", nil, 400, "2026-01-31T12:00:00Z"},
		{"GET", "/api/v1/definitions/trip/first", "", nil, 400, "versions are 1, 2, 3"},
		{"PUT", "/api/v1/definitions/trip/1", `{"name": "trip"}`, nil, 400, "correct the definition"},
		{"PUT", "/api/v1/definitions/walk/1", string(trip(t).Canonical()), nil, 400, "make them agree"},
		{"POST", "/api/v1/sagas/01932c07-209f-7ab4-8cf2-5d1f4be0a3c1/explode", "{}", nil, 404, "lists the operations"},
		{"POST", "/api/v1/sagas/01932c07-209f-7ab4-8cf2-5d1f4be0a3c1/pause?dry_run=perhaps", "{}", nil, 400, "write dry_run=true"},
		{"POST", "/api/v1/sagas/01932c07-209f-7ab4-8cf2-5d1f4be0a3c1/pause?dry_run", `{"actor": "a", "reason": "r"}`, nil, 404, "no such saga"},
		{"DELETE", "/api/v1/sagas", "", nil, 404, "there is no DELETE /api/v1/sagas"},
		{"GET", "/api/v2/sagas", "", nil, 404, "docs/operations.md lists the paths"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			answer := s.send(c.method, c.path, c.body, c.header...)
			text := bodyText(t, answer)
			if answer.StatusCode != c.status || !strings.Contains(text, c.words) || !strings.Contains(text, `"to_do":"`) {
				t.Errorf("status %d (want %d): %s", answer.StatusCode, c.status, text)
			}
			if got := answer.Header.Get("Content-Type"); got != api.ProblemType {
				t.Errorf("content type %q", got)
			}
		})
	}
}

func TestHealthAndReadiness(t *testing.T) {
	var broken error
	s := open(t, func(c *Config) {
		c.Ready = func(context.Context) map[string]error { return map[string]error{"store": broken} }
	})
	if answer := s.send("GET", "/healthz", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("healthz: %d", answer.StatusCode)
	}
	if answer := s.send("GET", "/readyz", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("readyz: %d", answer.StatusCode)
	}
	broken = errors.New("gone fishing")
	answer := s.send("GET", "/readyz", "")
	if text := bodyText(t, answer); answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "gone fishing") {
		t.Errorf("readyz: %d %s", answer.StatusCode, text)
	}
	if v, err := s.Version(t.Context()); err != nil || v.Protocol != 1 || v.Go == "" {
		t.Errorf("version: %+v, %v", v, err)
	}
}

func TestAWaitEndsWithItsTime(t *testing.T) {
	s := open(t)
	started := s.start(booking{Stall: true})
	answer := s.send("GET", "/api/v1/sagas/"+started.SagaID.String()+"?until=settled&timeout=20ms", "")
	if text := bodyText(t, answer); answer.StatusCode != http.StatusOK || !strings.Contains(text, `"status":"running"`) {
		t.Errorf("status %d: %s", answer.StatusCode, text)
	}
}

// eventually looks until look is content. It is for what another goroutine does without telling.
func eventually(t *testing.T, look func() error) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := look()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-tick.C:
		}
	}
}
