package integration

import (
	"strings"
	"testing"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/examples/mission"
	"github.com/skald-go/skald/internal/testenv"
)

// pace is how long each action takes here, so that a disaster finds missions at every step.
const pace = 10 * time.Millisecond

// kill -9 of the router in the middle of 200 missions, and a new one: all of them end, and each effect was had once.
func TestRouterKilledInTheMiddle(t *testing.T) {
	needsOwnServers(t)
	const missions = 200
	s := newStack(t, testenv.Redis(t), testenv.Postgres(t))
	s.startParticipants(t, pace)
	router := s.startRouter(t)
	s.startMissions(t, missions)
	s.awaitEffects(t, missions*2) // of about five for each mission
	router.kill()
	s.startRouter(t)

	s.checkAllEnd(t, missions)
	s.checkEffects(t, missions)
	s.verify(t)
}

// FLUSHALL in the middle of 50 missions: commands, replies and consumer groups are gone. All missions end.
func TestRedisFlushedInTheMiddle(t *testing.T) {
	needsOwnServers(t)
	const missions = 50
	server := testenv.StartRedis(t) // FLUSHALL reaches beyond one logical database
	s := newStack(t, server.URL(), testenv.Postgres(t))
	s.startParticipants(t, pace)
	s.startRouter(t)
	s.startMissions(t, missions)
	s.awaitStarted(t, missions) // a start that nobody has read yet would be gone with Redis: it was never accepted
	if err := s.redis.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}

	s.checkAllEnd(t, missions)
	s.checkEffects(t, missions)
	s.verify(t)
}

// Two routers share a store and a broker. All missions end, and the history is one that a single router could have
// written.
func TestTwoRouters(t *testing.T) {
	needsOwnServers(t)
	const missions = 100
	s := newStack(t, testenv.Redis(t), testenv.Postgres(t))
	s.startParticipants(t, 0)
	s.startRouter(t)
	s.startRouter(t)
	s.startMissions(t, missions)

	s.checkAllEnd(t, missions)
	s.checkEffects(t, missions)
	s.verify(t)
}

// startMissions adds n start entries; every fourth mission fails at integrate_maps.
func (s *stack) startMissions(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		var failAt []string
		if fails(i) {
			failAt = []string{"fail_at", mission.IntegrateStep}
		}
		s.startMission(t, conversation(), failAt...)
	}
}

func fails(i int) bool { return i%4 == 3 }

// checkAllEnd waits until n missions have ended, each as it should.
func (s *stack) checkAllEnd(t *testing.T, n int) {
	t.Helper()
	failed := 0
	for i := range n {
		if fails(i) {
			failed++
		}
	}
	ends := s.awaitEnds(t, n)
	if ends[string(domain.Completed)] != n-failed || ends[string(domain.Compensated)] != failed || len(ends) > 2 {
		t.Errorf("ends %v, want %d completed and %d compensated", ends, n-failed, failed)
	}
}

// awaitEffects waits until the participants have had n effects.
func (s *stack) awaitEffects(t *testing.T, n int) {
	t.Helper()
	await(t, "the participants to be in the middle", func() bool { return len(s.ledger.Entries()) >= n })
}

// awaitStarted waits until n sagas are on record.
func (s *stack) awaitStarted(t *testing.T, n int) {
	t.Helper()
	await(t, "the missions to be accepted", func() bool {
		return queryColumn[int](t, s.postgresURL, "SELECT count(*) FROM skald.sagas")[0] >= n
	})
}

// checkEffects reads the participants' ledger: no key twice, and for every mission exactly the effects of its fate.
func (s *stack) checkEffects(t *testing.T, missions int) {
	t.Helper()
	seen := map[string]bool{}
	bySaga := map[string][]ledger.Entry{}
	for _, e := range s.ledger.Entries() {
		if seen[e.Key] {
			t.Errorf("the effect of %s was had twice", e.Key)
		}
		seen[e.Key] = true
		saga, _, _ := strings.Cut(e.Key, ":")
		bySaga[saga] = append(bySaga[saga], e)
	}
	if len(bySaga) != missions {
		t.Errorf("effects of %d missions, want %d", len(bySaga), missions)
	}
	const (
		completed   = "resources:allocate routing:plan exploration:perform map:integrate resources:release"
		compensated = "resources:allocate routing:plan exploration:perform exploration:abort resources:release"
	)
	for saga, entries := range bySaga {
		effects := make([]string, len(entries))
		for i, e := range entries {
			effects[i] = e.Effect
		}
		if got := strings.Join(effects, " "); got != completed && got != compensated {
			t.Errorf("effects of %s: %s, want those of a mission, each once and in order", saga, got)
		}
	}
}

// verify folds every history and compares it with versions, hashes and projections, as an operator would.
func (s *stack) verify(t *testing.T) {
	t.Helper()
	t.Log(run(t, "replay", "verify", "--store", s.postgresURL))
}
