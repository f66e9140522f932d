package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/web/api"
	"github.com/skald-go/skald/web/client"
)

// Promise 8: a crash at any instruction changes nothing. A real process with everything embedded is killed (SIGKILL) in
// the middle of its missions, twice, and started again on what it left: all missions end, and the participants' ledger
// shows each effect once per idempotency key.
func TestKilledProcessLosesNothing(t *testing.T) {
	const missions = 30
	directory := t.TempDir()
	args := []string{
		"serve", "--listen", "127.0.0.1:0", "--store", "sqlite:" + filepath.Join(directory, "skald.db"),
		"--participants", "mission", "--ledger", filepath.Join(directory, "ledger.jsonl"), "--delay", "5ms", "--log-format", "json",
	}
	p := spawn(t, args)
	ids := make([]domain.SagaID, missions)
	for i := range ids {
		input := fmt.Sprintf(`{"robot_count": 1, "area": "Zone%d"}`, i)
		if i%3 == 0 {
			input = fmt.Sprintf(`{"robot_count": 1, "area": "Zone%d", "fail_at": "integrate_maps"}`, i)
		}
		started, err := p.client.Start(t.Context(), api.Start{Definition: "mission", Input: json.RawMessage(input), Key: fmt.Sprint(i)})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = started.SagaID
	}
	for _, ended := range []int{missions / 5, missions / 2} {
		p.awaitEnded(ids[ended])
		p.kill()
		p = spawn(t, args)
	}
	for i, id := range ids {
		want := domain.Completed
		if i%3 == 0 {
			want = domain.Compensated
		}
		if saga := p.awaitEnded(id); saga.Status != want {
			t.Errorf("mission %d is %s, want %s: %s", i, saga.Status, want, saga.Error)
		}
	}
	p.kill()
	skald(t, "replay", "verify", "--store", args[4]).want(t, exitOK)
	checkLedger(t, filepath.Join(directory, "ledger.jsonl"))
}

func checkLedger(t *testing.T, file string) {
	t.Helper()
	kept, err := ledger.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, entry := range kept.Entries() {
		if seen[entry.Key] {
			t.Errorf("the effect of %s was had twice", entry.Key)
		}
		seen[entry.Key] = true
	}
	if len(seen) == 0 {
		t.Error("the ledger is empty")
	}
	if err := kept.Close(); err != nil {
		t.Error(err)
	}
}

// process is a skald of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	client *client.Client
	read   chan struct{} // closed when all its lines were read
}

// spawn starts skald and waits until it says where it serves.
func spawn(t *testing.T, args []string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), processVariable+"=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Msg != "skald serves" {
			continue
		}
		p := &process{t: t, cmd: cmd, read: make(chan struct{})}
		go func() { // the rest must be read, or the process would stand still
			defer close(p.read)
			for lines.Scan() {
				t.Log(lines.Text())
			}
		}()
		talk := &http.Client{Transport: &http.Transport{}}
		t.Cleanup(talk.CloseIdleConnections)
		if p.client, err = client.New(line.Address, talk); err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Fatalf("skald ended before it served: %v", cmd.Wait())
	return nil
}

// awaitEnded waits until a saga has ended.
func (p *process) awaitEnded(id domain.SagaID) api.Saga {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	saga, err := p.client.Await(ctx, id)
	if err != nil {
		p.t.Fatalf("saga %s: %v", id, err)
	}
	return saga
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.read
	_ = p.cmd.Wait() // "signal: killed"
}
