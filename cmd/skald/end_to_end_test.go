package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

const missionInput = `{"robot_count": 2, "area": "ZoneA"}`

func TestMissionFromStartToRecital(t *testing.T) {
	for _, store := range []string{"memory:", "sqlite:" + filepath.Join(t.TempDir(), "skald.db")} {
		t.Run(store[:6], func(t *testing.T) {
			s := serve(t, "--store", store, "--participants", "mission,order")
			var saga api.Saga
			s.skald("start", "mission", "--input", missionInput, "--correlation-id", "c1", "--wait", "--json").want(t, exitOK).json(t, &saga)
			if saga.Status != domain.Completed {
				t.Errorf("saga: %+v", saga)
			}
			s.skald("start", "mission", "--input", `{"robot_count": 2, "area": "ZoneB", "fail_at": "integrate_maps"}`, "--correlation-id", "c1", "--wait").
				want(t, exitFailed, "did not complete, it is compensated", "replay --correlation-id c1", "undone")

			s.skald("status", saga.SagaID.String()).want(t, exitOK, "completed", "integrate_maps")
			var all api.Conversation
			s.skald("status", "--correlation-id", "c1", "--json").want(t, exitOK).json(t, &all)
			if len(all.Sagas) != 2 || all.Sagas[1].Status != domain.Compensated {
				t.Errorf("conversation: %+v", all)
			}
			s.skald("replay", "--correlation-id", "c1").want(t, exitOK, "integrate_maps", "saga compensated")
			s.skald("replay", "--correlation-id", "c1", "--output", "json", "--to-version", "3").want(t, exitOK, `"`)
			s.skald("list", "--status", "compensated").want(t, exitOK, all.Sagas[1].SagaID.String())
			s.skald("projections", "rebuild", "saga_status").want(t, exitOK, "rebuilt saga_status")
			s.skald("projections", "list").want(t, exitOK, "sagas")
			s.skald("projections", "status").want(t, exitOK, "LANE")
			s.skald("definitions", "list").want(t, exitOK, "mission", "order", "sha256:")
			s.skald("definitions", "show", "mission").want(t, exitOK, `"mission:start"`)
			s.skald("dead", "list").want(t, exitOK, "no dead letters")
		})
	}
}

func TestAKeyStartsOnce(t *testing.T) {
	s := serve(t, "--store", "memory:", "--participants", "order")
	var first, second api.Started
	start := []string{"start", "order", "--input", `{"item": "lamp", "quantity": 1, "amount": 100}`, "--key", "order-1", "--json"}
	s.skald(start...).want(t, exitOK).json(t, &first)
	s.skald(start...).want(t, exitOK).json(t, &second)
	if first.Existed || !second.Existed || first.SagaID != second.SagaID {
		t.Errorf("first %+v, second %+v", first, second)
	}
}

func TestCancel(t *testing.T) {
	s := serve(t, "--store", "memory:", "--participants", "mission", "--delay", "200ms")
	var started api.Started
	s.skald("start", "mission", "--input", missionInput, "--json").want(t, exitOK).json(t, &started)
	id := started.SagaID.String()
	s.skald("cancel", id, "--reason", "not wanted", "--dry-run").want(t, exitOK, "nothing has changed", "turns round")
	s.skald("cancel", id, "--reason", "not wanted").want(t, exitOK, "turns round", "skald status "+id)
	s.skald("replay", "--correlation-id", started.CorrelationID).want(t, exitOK, "not wanted", "anna")
	s.skald("cancel", id, "--reason", "again").want(t, exitRefused, "skald status "+id)
}

// A definition that nobody has participants for: operators do everything.
const byHand = `name: by_hand
version: 1
steps:
  - name: book
    command: {stream: "nobody:commands", event_type: "nobody:book"}
    compensate: {stream: "nobody:commands", event_type: "nobody:cancel"}
    compensate_retry: {policy: immediate_fail}
    timeout: 2s
    retry: {attempts: 5, first: 1h, max: 1h}
  - name: mail
    command: {stream: "nobody:commands", event_type: "nobody:mail"}
`

func TestOperatorsDoEverything(t *testing.T) {
	s := serve(t, "--store", "sqlite:"+filepath.Join(t.TempDir(), "skald.db"))
	file := filepath.Join(t.TempDir(), "by_hand.yaml")
	write(t, file, byHand)
	s.skald("definitions", "put", file).want(t, exitOK)
	start := func() string {
		var started api.Started
		s.skald("start", "by_hand", "--correlation-id", "h1", "--json").want(t, exitOK).json(t, &started)
		return started.SagaID.String()
	}
	reason := []string{"--reason", "by hand"}
	operate := func(args ...string) outcome { return s.skald(append(args, reason...)...) }

	id := start()
	operate("pause", id, "--dry-run").want(t, exitOK, "nothing has changed", "saga paused")
	operate("resume", id).want(t, exitRefused, "not paused")
	operate("pause", id).want(t, exitOK, "anna asked to pause: by hand", "saga paused")
	s.skald("status", id).want(t, exitOK, "paused until `skald resume "+id)
	operate("retry", id, "book").want(t, exitRefused, "resume it first")
	operate("complete", id, "book", "--output", `{"seat": "1A"}`).want(t, exitOK, "book: counts as completed")
	operate("complete", id, "mail", "--output", "[1]").want(t, exitUsage, "--output is not a JSON object")
	operate("resume", id).want(t, exitOK, "saga resumed", `mail: command nobody:mail`)
	var preview api.Operated
	operate("skip", id, "mail", "--dry-run", "--json").want(t, exitOK).json(t, &preview)
	if !preview.DryRun || len(preview.Events) != 3 {
		t.Errorf("preview: %+v", preview)
	}
	operate("skip", id, "mial").want(t, exitRefused, `did you mean "mail"`)
	operate("skip", id, "mail").want(t, exitOK, "mail: skipped", "saga completed")
	s.skald("status", id, "--json").want(t, exitOK, `"skipped"`, `"1A"`)
	s.skald("replay", "--correlation-id", "h1").want(t, exitOK, "anna asked to skip mail: by hand")

	id = start()
	eventually(t, func() bool { return strings.Contains(s.skald("status", id).stdout, "waiting") })
	operate("retry", id, "book").want(t, exitOK, "book: command nobody:book (attempt 2)")
	operate("pause", id).want(t, exitOK)
	operate("complete", id, "book").want(t, exitOK)
	operate("compensate", id).want(t, exitOK, "saga turns round: turned round by anna: by hand")
	operate("compensate", id).want(t, exitRefused, "already")
	operate("resume", id).want(t, exitOK, "book: command nobody:cancel")
	eventually(t, func() bool { return strings.Contains(s.skald("status", id).stdout, "stuck") })
	operate("retry", id).want(t, exitOK, "book: command nobody:cancel (attempt 2)")
	eventually(t, func() bool { return strings.Contains(s.skald("status", id).stdout, "undo stuck") })
	operate("resolve", id).want(t, exitOK, "book: counts as undone", "saga compensated")
}

const approved = `name: approved
version: 1
steps:
  - {name: nap, sleep: 50ms}
  - {name: first, wait_for: {signal: approved}}
  - {name: second, wait_for: {signal: approved, timeout: 1h}}
`

func TestASagaWaitsForASignal(t *testing.T) {
	store := "sqlite:" + filepath.Join(t.TempDir(), "skald.db")
	s := serve(t, "--store", store)
	file := filepath.Join(t.TempDir(), "approved.yaml")
	write(t, file, approved)
	s.skald("definitions", "check", file).want(t, exitOK)
	s.skald("definitions", "put", file).want(t, exitOK)
	var started api.Started
	s.skald("start", "approved", "--correlation-id", "a1", "--json").want(t, exitOK).json(t, &started)
	id := started.SagaID.String()
	s.skald("signal", id, "approved", "--payload", `{"by": "olga"}`, "--key", "k").want(t, exitOK, "has been told")
	s.skald("signal", id, "approved", "--payload", `{"by": "olga"}`, "--key", "k").want(t, exitOK)
	s.skald("signal", id, "aproved").want(t, exitRefused, `did you mean "approved"`)
	s.skald("signal", id, "approved", "--payload", "[]").want(t, exitUsage, "--payload is not a JSON object")
	eventually(t, func() bool { return strings.Contains(s.skald("status", id).stdout, "awaiting") })
	s.skald("signal", id, "approved").want(t, exitOK)
	s.skald("status", id, "--json").want(t, exitOK, `"completed"`, `"olga"`)
	s.skald("signal", id, "approved").want(t, exitRefused, "ended")
	s.skald("replay", "--correlation-id", "a1").want(t, exitOK, "nap: sleeps until", "signal approved came with", "first: completed by the signal approved")
	s.stop()
	skald(t, "replay", "verify", "--store", store).want(t, exitOK)
}

func TestASagaThatIsNotDoneInTime(t *testing.T) {
	s := serve(t, "--store", "memory:")
	for _, then := range []string{"compensate", "stuck"} {
		file := filepath.Join(t.TempDir(), then+".yaml")
		write(t, file, strings.NewReplacer("by_hand", "late_"+then, "version: 1\n", "version: 1\ndeadline: {after: 1s, then: "+then+"}\n").Replace(byHand))
		s.skald("definitions", "put", file).want(t, exitOK)
		var started api.Started
		s.skald("start", "late_"+then, "--correlation-id", then, "--json").want(t, exitOK).json(t, &started)
		id := started.SagaID.String()
		s.skald("status", id).want(t, exitOK, "deadline")
		eventually(t, func() bool {
			return strings.Contains(s.skald("status", id).stdout, "the saga was not done within 1s, its deadline")
		})
		if then == "stuck" {
			s.skald("replay", "--correlation-id", then).want(t, exitOK, "to be done by", "the saga's deadline passed", "saga stands still")
			s.skald("list", "--status", "stuck").want(t, exitOK, id, "its deadline")
			s.skald("skip", id, "book", "--reason", "walks").want(t, exitOK)
			s.skald("skip", id, "mail", "--reason", "called").want(t, exitOK)
			s.skald("resume", id, "--reason", "late is well enough").want(t, exitOK, "saga resumed", "saga completed")
		}
	}
}

func TestDeadLettersOfAStartWithoutCorrelationID(t *testing.T) {
	s := serve(t, "--store", "memory:", "--definitions", definitionsDirectory(t))
	// A definition that is published while the server runs is listened to as well.
	file := filepath.Join(t.TempDir(), "late.yaml")
	write(t, file, "name: late\nversion: 1\nsteps:\n  - name: one\n    command: {stream: \"one:commands\", event_type: \"one:do\"}\n")
	s.skald("definitions", "put", file).want(t, exitOK, "late version 1 is published")
	s.skald("definitions", "put", file).want(t, exitOK)
	write(t, file, "name: late\nversion: 1\nsteps:\n  - name: two\n    command: {stream: \"one:commands\", event_type: \"one:do\"}\n")
	s.skald("definitions", "put", file).want(t, exitRefused, "give the change a new version number")
	s.skald("dead", "show", "nothing").want(t, exitNotFound, "dead list")
	s.skald("dead", "requeue", "nothing").want(t, exitNotFound)
	s.skald("dead", "discard", "nothing").want(t, exitNotFound)
}

func TestAStoreIsReadWithoutItsServer(t *testing.T) {
	store := "sqlite:" + filepath.Join(t.TempDir(), "skald.db")
	s := serve(t, "--store", store, "--participants", "order")
	s.skald("start", "order", "--input", `{"item": "lamp", "quantity": 1, "amount": 100}`, "--correlation-id", "o1", "--wait").want(t, exitOK, "completed")
	s.stop()
	skald(t, "list", "--store", store).want(t, exitOK, "o1", "completed")
	skald(t, "status", "--correlation-id", "o1", "--store", store).want(t, exitOK, "charge")
	skald(t, "replay", "--correlation-id", "o1", "--store", store).want(t, exitOK, "saga completed")
	skald(t, "replay", "verify", "--store", store).want(t, exitOK)
	skald(t, "dead", "list", "--json", "--store", store).want(t, exitOK, `"dead_letters": []`)
	skald(t, "migrate", "status", "--store", store).want(t, exitOK, "0001_")
	skald(t, "migrate", "up", "--store", store).want(t, exitOK, "is up to date")
	skald(t, "replay", "--correlation-id", "nobody", "--store", store).want(t, exitNotFound, `correlation id "nobody"`)
}

func TestServeRefusesAChangedDefinition(t *testing.T) {
	store, directory := "sqlite:"+filepath.Join(t.TempDir(), "skald.db"), definitionsDirectory(t)
	serve(t, "--store", store, "--definitions", directory).stop()
	file := filepath.Join(directory, "walk.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text)+"description: changed\n")
	skald(t, "serve", "--listen", "127.0.0.1:0", "--store", store, "--definitions", directory).
		want(t, exitRefused, "published", "give the change a new version number")
}

func TestMigrateStatusOfNothing(t *testing.T) {
	store := "sqlite:" + filepath.Join(t.TempDir(), "skald.db")
	skald(t, "migrate", "status", "--store", store).want(t, exitFailed, "run `skald migrate up`")
	skald(t, "migrate", "up", "--store", store).want(t, exitOK, "applied 0001_")
	skald(t, "migrate", "status", "--store", store, "--json").want(t, exitOK)
}

func TestDemoOnce(t *testing.T) {
	skald(t, "demo", "--once").want(t, exitOK, "The first mission is completed; the second is compensated", "saga completed: every step is done", "saga compensated: whatever was done is undone")
}

func TestDemoKeepsRunningAndSaysWhere(t *testing.T) {
	var out lockedBuffer
	m := New(strings.NewReader(""), &out, &out, nil)
	ended := make(chan int, 1)
	go func() { ended <- m.Run(t.Context(), []string{"demo", "--listen", "127.0.0.1:0"}) }()
	url := <-m.Ready()
	skald(t, "start", "mission", "--input", missionInput, "--wait", "--server", url).want(t, exitOK, "completed")
	eventually(t, func() bool { return strings.Contains(out.String(), "The server keeps running at "+url) })
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if code := <-ended; code != exitOK {
		t.Errorf("demo ended with %d:\n%s", code, &out)
	}
}

// definitionsDirectory holds one definition.
func definitionsDirectory(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	write(t, filepath.Join(directory, "walk.yaml"), `name: walk
version: 1
start: {stream: "walk:commands", event_type: "walk:start"}
steps:
  - name: shoes
    command: {stream: "shoes:commands", event_type: "shoes:put_on"}
`)
	write(t, filepath.Join(directory, "README.md"), "not a definition")
	return directory
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
