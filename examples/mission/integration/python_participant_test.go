package integration

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/order"
	"github.com/skald-go/skald/internal/testenv"
)

// The participant in Python serves the whole order saga, beside the same router.
func TestPythonParticipant(t *testing.T) {
	needsOwnServers(t)
	s := newStack(t, testenv.Redis(t), testenv.Postgres(t))
	s.startRouter(t)
	s.startPython(t)

	completed, failed := conversation(), conversation()
	s.startOrder(t, completed, "")
	s.startOrder(t, failed, order.ShipStep)
	s.awaitStatuses(t, completed, "completed")
	s.awaitStatuses(t, failed, "compensated")
}

// It answers as the protocol asks: in order, again for a redelivery, and not at all what was undone before it was done.
func TestPythonParticipantKeepsTheProtocol(t *testing.T) {
	needsOwnServers(t)
	s, g := newStack(t, testenv.Redis(t), ""), newSaga()
	s.startPython(t)

	const input = `{"item":"lamp","quantity":1,"amount":1999,"results":{}}`
	ship := g.command(order.ShipStep, domain.Forward, order.ShipStream, order.ShipEventType, input)
	first := s.ask(t, ship, domain.ReplyCompleted)
	s.send(t, ship)
	again := s.replies(t, ship.ReplyStream, 2)
	checkReplies(t, ship, again[3:], domain.ReplyCompleted)
	if second := again[5].fields["payload"]; second != first {
		t.Errorf("the redelivery was answered %s, want %s again", second, first)
	}

	g = newSaga()
	s.ask(t, g.command(order.ShipStep, domain.Back, order.ShipStream, order.CancelEventType, input), domain.ReplyCompleted)
	s.ask(t, g.command(order.ShipStep, domain.Forward, order.ShipStream, order.ShipEventType, input), domain.ReplyFailed)
}

// What it can answer to nobody it sets aside, and goes on.
func TestPythonParticipantSetsAsideWhatItCannotAnswer(t *testing.T) {
	needsOwnServers(t)
	s, g := newStack(t, testenv.Redis(t), ""), newSaga()
	s.startPython(t)
	id := s.add(t, order.ShipStream, "correlation_id", g.correlationID, "event_type", order.ShipEventType, "payload", "{}")
	s.ask(t, g.command(order.ShipStep, domain.Forward, order.ShipStream, order.ShipEventType, `{"item":"lamp"}`), domain.ReplyCompleted)
	letters := s.entriesOfConversation(t, "skald:dead", g.correlationID)
	if len(letters) != 1 || letters[0].fields["origin_entry_id"] != id || letters[0].fields["reason"] == "" {
		t.Errorf("dead letters %v, want one of %s with a reason", letters, id)
	}
}

func (s *stack) startOrder(t *testing.T, correlationID, failAt string) {
	t.Helper()
	input, err := json.Marshal(order.Request{Item: "lamp", Quantity: 1, Amount: 1999, FailAt: failAt})
	if err != nil {
		t.Fatal(err)
	}
	start := order.Definition().Start
	s.add(t, start.Stream, "correlation_id", correlationID, "event_type", start.EventType, "payload", string(input))
}

// startPython runs examples/python/participant.py until the test ends.
func (s *stack) startPython(t *testing.T) {
	t.Helper()
	var log bytes.Buffer
	command := exec.Command(pythonWithRedis(t), "../../python/participant.py")
	command.Env = append(os.Environ(),
		"REDIS_URL="+s.redisURL, "LEDGER="+filepath.Join(t.TempDir(), "ledger.db"), "PYTHONDONTWRITEBYTECODE=1")
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // at any moment: that is what its ledger is for
		_ = command.Wait()
		if t.Failed() {
			t.Logf("the participant in Python said:\n%s", &log)
		}
	})
}

// pythonWithRedis is a Python that has redis-py: $SKALD_TEST_PYTHON, or one of the usual ones.
func pythonWithRedis(t *testing.T) string {
	t.Helper()
	candidates := slices.DeleteFunc([]string{os.Getenv("SKALD_TEST_PYTHON"), "python3", "/usr/bin/python3"},
		func(path string) bool { return path == "" })
	for _, path := range candidates {
		if exec.Command(path, "-c", "import redis").Run() == nil {
			return path
		}
	}
	t.Fatalf("none of %v can import redis: install python3 and redis-py (apt-get install python3-redis), or name one in SKALD_TEST_PYTHON", candidates)
	return ""
}
