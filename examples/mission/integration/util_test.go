package integration

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/eventstore/postgres"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/examples/mission"
	"github.com/skald-go/skald/internal/testenv"
	"github.com/skald-go/skald/replay"
	"github.com/skald-go/skald/router/participant"
	routerredis "github.com/skald-go/skald/router/redis"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// patience bounds every wait. It is for failing, not for pacing: tests go on as soon as what they wait for is there.
const patience = 90 * time.Second

// external reports whether router and participants are run by somebody else.
func external() bool { return os.Getenv("SKALD_TEST_EXTERNAL_ROUTER") == "1" }

// needsOwnServers fails a test that must not be let loose on somebody else's stack.
func needsOwnServers(t *testing.T) {
	t.Helper()
	if external() {
		t.Fatal("this test needs servers of its own; with SKALD_TEST_EXTERNAL_ROUTER=1 run only -test.run '^TestMission'")
	}
}

// stack is what a test runs on.
type stack struct {
	redisURL    string
	postgresURL string
	redis       *redis.Client
	ledger      *ledger.Ledger // of the participants; nil when they are somebody else's
}

// newStack connects to the servers at the given URLs.
func newStack(t *testing.T, redisURL, postgresURL string) *stack {
	t.Helper()
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return &stack{redisURL: redisURL, postgresURL: postgresURL, redis: client}
}

// participantsOnly is Redis with the mission's participants and no router: the test plays the router's part.
func participantsOnly(t *testing.T) *stack {
	t.Helper()
	if external() {
		return newStack(t, given(t, "SKALD_TEST_REDIS_URL"), "")
	}
	s := newStack(t, testenv.Redis(t), "")
	s.startParticipants(t, 0)
	return s
}

// wholeStack is Redis, Postgres, the router and the mission's participants.
func wholeStack(t *testing.T) *stack {
	t.Helper()
	if external() {
		return newStack(t, given(t, "SKALD_TEST_REDIS_URL"), given(t, "SKALD_TEST_POSTGRES_URL"))
	}
	s := newStack(t, testenv.Redis(t), testenv.Postgres(t))
	s.startParticipants(t, 0)
	s.startRouter(t)
	return s
}

func given(t *testing.T, variable string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		t.Fatalf("SKALD_TEST_EXTERNAL_ROUTER=1 needs %s: the URL of the server that the running router uses", variable)
	}
	return value
}

// startParticipants runs the mission's handlers in this process until the test ends; each action takes delay. Their
// ledger is a file, as in production.
func (s *stack) startParticipants(t *testing.T, delay time.Duration) {
	t.Helper()
	book, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	s.ledger = book
	s.serve(t, mission.Handlers(mission.Options{Ledger: book, Delay: delay})...)
}

// keepEntries leaves on the streams what was acknowledged, because the tests read there what was sent.
const keepEntries = -1

// serve runs handlers in this process until the test ends.
func (s *stack) serve(t *testing.T, handlers ...participant.Handler) {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	broker, err := routerredis.Open(t.Context(), s.redisURL, routerredis.Options{Logger: logger, TrimEvery: keepEntries})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- participant.Run(ctx, broker, logger, handlers...) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, broker.Close()); err != nil {
			t.Errorf("the participants did not end well: %v", err)
		}
	})
}

// The router as its users run it.

// process is a running router.
type process struct {
	command *exec.Cmd
	address string // of its API
	ended   chan struct{}
	log     *bytes.Buffer // to be read once ended is closed
}

// buildOnce builds the binary once for all tests. It stays in the user's cache, one for each working copy, so that runs
// neither pile up binaries nor link again what has not changed.
var buildOnce = sync.OnceValues(func() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	copyOf := sha256.Sum256([]byte(here))
	binary := filepath.Join(cache, "skald-integration", hex.EncodeToString(copyOf[:8]), "skald")
	output, err := exec.Command("go", "build", "-o", binary, "github.com/skald-go/skald/cmd/skald").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building skald: %w\n%s", err, output)
	}
	return binary, nil
})

func skald(t *testing.T) string {
	t.Helper()
	binary, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// startRouter runs "skald serve" until the test ends and returns once it says that it is ready. The log of a router is shown
// when its test fails.
func (s *stack) startRouter(t *testing.T) *process {
	t.Helper()
	p := &process{address: freeAddress(t), ended: make(chan struct{}), log: new(bytes.Buffer)}
	p.command = exec.Command(skald(t), "serve",
		"--store", s.postgresURL, "--broker", s.redisURL, "--listen", p.address, "--definitions", definitions(t),
		"--set", "broker.redis.trim=0s")
	p.command.Stdout, p.command.Stderr = p.log, p.log
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // how it ended is told by its log; most are killed
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the router at %s said:\n%s", p.address, lastLines(p.log.String(), 60))
		}
	})
	await(t, "the router at "+p.address+" to be ready", func() bool {
		select {
		case <-p.ended:
			t.Fatal("the router ended instead of serving")
		default:
		}
		return p.ready(t)
	})
	return p
}

// ready reports whether the router says that it works.
func (p *process) ready(t *testing.T) bool {
	t.Helper()
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + p.address + "/readyz")
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// kill ends the router as kill -9 does and waits until it is gone. On one that has ended it does nothing.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// definitions is a folder with the definitions of the examples.
func definitions(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, source := range []string{"../mission.yaml", "../../order/order.yaml"} {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(source)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// run calls the binary and returns what it printed; its exit code must be 0.
func run(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.Command(skald(t), arguments...)
	var output, complaints bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaints
	if err := command.Run(); err != nil {
		t.Fatalf("skald %s: %v\n%s%s", strings.Join(arguments, " "), err, &output, &complaints)
	}
	return output.String()
}

// Entries in, entries out.

// entry is what stands on a stream.
type entry struct {
	id     string
	fields map[string]string
}

// add writes an entry, fields as name, value, name, value …; it returns the entry's id.
func (s *stack) add(t *testing.T, stream string, fields ...string) string {
	t.Helper()
	id, err := s.redis.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: fields}).Result()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// send writes an envelope as the router does.
func (s *stack) send(t *testing.T, e domain.Envelope) {
	t.Helper()
	var fields []string
	for _, f := range e.Fields() {
		fields = append(fields, f.Name, f.Value)
	}
	s.add(t, e.Stream, fields...)
}

// entries are all that stand on the stream.
func (s *stack) entries(t *testing.T, stream string) []entry {
	t.Helper()
	messages, err := s.redis.XRange(t.Context(), stream, "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	return entriesOf(messages)
}

// entriesOfConversation are those on the stream with the correlation id.
func (s *stack) entriesOfConversation(t *testing.T, stream, correlationID string) []entry {
	t.Helper()
	return slices.DeleteFunc(s.entries(t, stream), func(e entry) bool { return e.fields["correlation_id"] != correlationID })
}

func entriesOf(messages []redis.XMessage) []entry {
	entries := make([]entry, len(messages))
	for i, m := range messages {
		entries[i] = entry{id: m.ID, fields: map[string]string{}}
		for name, value := range m.Values {
			entries[i].fields[name] = fmt.Sprint(value)
		}
	}
	return entries
}

// replies reads a reply stream from its beginning, blocking, until want last replies (completed or failed) have come.
func (s *stack) replies(t *testing.T, stream string, want int) []entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all []entry
	for last := "0"; want > 0; {
		read, err := s.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{stream, last}, Block: time.Second}).Result()
		switch {
		case ctx.Err() != nil:
			t.Fatalf("%s: %d last replies missing after %v; so far %s", stream, want, patience, statuses(all))
		case errors.Is(err, redis.Nil):
			continue
		case err != nil:
			t.Fatal(err)
		}
		for _, e := range entriesOf(read[0].Messages) {
			all, last = append(all, e), e.id
			if status := e.fields["status"]; status == "completed" || status == "failed" {
				want--
			}
		}
	}
	return all
}

func statuses(entries []entry) string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.fields["status"]
	}
	return "[" + strings.Join(all, " ") + "]"
}

// protocolFields are the only ones that Skald and its participants write.
var protocolFields = []string{
	"correlation_id", "saga_id", "event_type", "status", "payload", "timestamp",
	"request_id", "idempotency_key", "reply_stream", "traceparent",
}

// onlyProtocolFields fails for every field that is none of the protocol's.
func onlyProtocolFields(t *testing.T, stream string, entries []entry) {
	t.Helper()
	for _, e := range entries {
		for _, name := range slices.Sorted(maps.Keys(e.fields)) {
			if !slices.Contains(protocolFields, name) {
				t.Errorf("%s %s has the field %q, which is none of the protocol's", stream, e.id, name)
			}
		}
	}
}

// One command, in and out.

// saga is one that exists only in its test, which plays the router's part.
type saga struct {
	id            domain.SagaID
	correlationID string
}

func newSaga() saga {
	correlationID := conversation()
	return saga{id: domain.NewSagaID(time.Now(), correlationID, [8]byte(random(8))), correlationID: correlationID}
}

// conversation is a correlation id that nobody has used before.
func conversation() string { return "it-" + hex.EncodeToString(random(8)) }

func random(n int) []byte {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes) // never fails
	return bytes
}

// command is the first attempt of a step, with a reply stream of its own.
func (g saga) command(step string, direction domain.Direction, stream, eventType, payload string) domain.Envelope {
	return domain.Envelope{
		Stream:         stream,
		CorrelationID:  g.correlationID,
		SagaID:         g.id.String(),
		EventType:      eventType,
		Payload:        json.RawMessage(payload),
		Timestamp:      time.Now().UTC(),
		RequestID:      domain.RequestID(g.id, step, direction, 1),
		IdempotencyKey: domain.IdempotencyKey(g.id, step, direction),
		ReplyStream:    "it:replies:" + g.correlationID + ":" + step + ":" + string(direction),
	}
}

// ask sends a command, waits for its last reply and checks what holds for all replies: the order start, progress,
// and then last; fractions that rise within (0,1]; ids and event type those of the command; no field but the protocol's.
// It returns the payload of the last reply.
func (s *stack) ask(t *testing.T, command domain.Envelope, last domain.ReplyStatus) string {
	t.Helper()
	s.send(t, command)
	replies := s.replies(t, command.ReplyStream, 1)
	checkReplies(t, command, replies, last)
	return replies[len(replies)-1].fields["payload"]
}

func checkReplies(t *testing.T, command domain.Envelope, replies []entry, last domain.ReplyStatus) {
	t.Helper()
	onlyProtocolFields(t, command.ReplyStream, replies)
	if got, want := statuses(replies), fmt.Sprintf("[start progress %s]", last); got != want {
		t.Errorf("replies to %s: %s, want %s", command.EventType, got, want)
	}
	echoed := map[string]string{
		"correlation_id": command.CorrelationID,
		"saga_id":        command.SagaID,
		"event_type":     command.EventType,
		"request_id":     command.RequestID,
	}
	fraction := 0.0
	for _, reply := range replies {
		for name, want := range echoed {
			if got := reply.fields[name]; got != want {
				t.Errorf("%s of %s: %s is %q, want %q", reply.fields["status"], command.EventType, name, got, want)
			}
		}
		if reply.timestamp(t) < 1 {
			t.Errorf("%s of %s: timestamp %q, want Unix seconds", reply.fields["status"], command.EventType, reply.fields["timestamp"])
		}
		if reply.fields["status"] == "progress" {
			fraction = checkFraction(t, reply, fraction)
		}
	}
}

// checkFraction returns the fraction of a progress reply, which must lie above last and not above 1.
func checkFraction(t *testing.T, reply entry, last float64) float64 {
	t.Helper()
	var progress struct {
		Fraction float64 `json:"fraction"`
		Stage    string  `json:"stage"`
	}
	decode(t, reply.fields["payload"], &progress)
	if progress.Fraction <= last || progress.Fraction > 1 || progress.Stage == "" {
		t.Errorf("progress %+v after fraction %v: want a stage, and a fraction that rises within (0,1]", progress, last)
	}
	return progress.Fraction
}

func decode(t *testing.T, document string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(document), into); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
}

// Whole missions.

// startMission adds a start entry as a person at redis-cli would and returns the stream of the mission's own replies.
func (s *stack) startMission(t *testing.T, correlationID string, input ...string) (replyStream string) {
	t.Helper()
	replyStream = "mission:replies:" + correlationID
	fields := []string{
		"correlation_id", correlationID, "event_type", mission.StartEventType,
		"robot_count", "2", "area", "ZoneA", "reply_stream", replyStream,
	}
	s.add(t, mission.StartStream, append(fields, input...)...)
	return replyStream
}

// sagaStatuses are the statuses of a conversation's sagas, as the projection has them.
func (s *stack) sagaStatuses(t *testing.T, correlationID string) []string {
	t.Helper()
	return queryColumn[string](t, s.postgresURL,
		"SELECT status FROM skald.saga_status WHERE correlation_id = $1 ORDER BY saga_id", correlationID)
}

// awaitStatuses waits until the conversation's sagas have these statuses.
func (s *stack) awaitStatuses(t *testing.T, correlationID string, want ...string) {
	t.Helper()
	await(t, fmt.Sprintf("saga_status of %s to say %v", correlationID, want), func() bool {
		return slices.Equal(s.sagaStatuses(t, correlationID), want)
	})
}

// awaitEnds waits until n sagas have ended and returns how many ended how.
func (s *stack) awaitEnds(t *testing.T, n int) map[string]int {
	t.Helper()
	var ends map[string]int
	await(t, fmt.Sprintf("%d sagas to end", n), func() bool {
		ends = map[string]int{}
		for _, status := range queryColumn[string](t, s.postgresURL, "SELECT status FROM skald.saga_status") {
			if domain.Status(status).Terminal() || status == string(domain.Stuck) {
				ends[status]++
			}
		}
		total := 0
		for _, count := range ends {
			total += count
		}
		return total >= n
	})
	return ends
}

// queryColumn returns the one column of a query's rows.
func queryColumn[T any](t *testing.T, url, query string, arguments ...any) []T {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(t.Context())) }()
	rows, err := connection.Query(t.Context(), query, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	column, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return column
}

// await asks again and again until done says so. It is for what sends no signal to this process: another process's
// port, a table.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// commands are the event types of all commands of a conversation's one saga, in the order in which they were decided; one
// that was delivered again counts once.
func (s *stack) commands(t *testing.T, correlationID string) []string {
	t.Helper()
	byRequest := map[string]entry{}
	for _, stream := range commandStreams {
		for _, e := range s.entriesOfConversation(t, stream, correlationID) {
			if _, again := byRequest[e.fields["request_id"]]; !again {
				byRequest[e.fields["request_id"]] = e
			}
		}
	}
	decided := slices.SortedFunc(maps.Values(byRequest), func(a, b entry) int { return cmp.Compare(a.timestamp(t), b.timestamp(t)) })
	eventTypes := make([]string, len(decided))
	for i, e := range decided {
		eventTypes[i] = e.fields["event_type"]
	}
	return eventTypes
}

// commandStreams are the streams of the mission's steps.
var commandStreams = []string{mission.AllocateStream, mission.PlanStream, mission.ExploreStream, mission.IntegrateStream}

// timestamp is the entry's own, in seconds, exact to the microsecond.
func (e entry) timestamp(t *testing.T) float64 {
	t.Helper()
	seconds, err := strconv.ParseFloat(e.fields["timestamp"], 64)
	if err != nil {
		t.Fatalf("timestamp of %v: %v", e, err)
	}
	return seconds
}

// recite recites the conversation from history alone: the sagas, in the order of their starts.
func (s *stack) recite(t *testing.T, correlationID string) []replay.Saga {
	t.Helper()
	recital, err := replay.Recite(t.Context(), s.store(t), correlationID, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return recital.Sagas
}

// store opens the event store beside the router, for reading, until the test ends.
func (s *stack) store(t *testing.T) eventstore.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), s.postgresURL, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}
