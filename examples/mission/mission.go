package mission

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/document"
	"github.com/skald-go/skald/examples/crew"
	"github.com/skald-go/skald/examples/ledger"
	"github.com/skald-go/skald/router/participant"
)

// Name is the name of the saga's definition.
const Name = "mission"

//go:embed mission.yaml
var source []byte

// Definition is the saga's definition, read from mission.yaml.
func Definition() *domain.Definition {
	definition, err := document.Parse("mission.yaml", source)
	if err != nil {
		panic(fmt.Sprintf("the mission.yaml of this build is broken: %v", err)) // a test of this package holds it whole
	}
	return definition
}

// Options configures the participants of a mission. The zero Options is ready for use.
type Options struct {
	// Ledger remembers what was done; nil means one in memory, which forgets it when the process ends.
	Ledger *ledger.Ledger
	// Delay is how long each action takes before its effect. It gives demonstrations and crash tests a middle to stop
	// in; 0 means no time at all.
	Delay time.Duration
}

// Handlers are the participants of a mission, one for each event type. They share one ledger.
func Handlers(o Options) []participant.Handler {
	c := crew.New(o.Ledger, o.Delay)
	return []participant.Handler{
		allocateResources(c),
		planRoute(c),
		performExploration(c),
		abortExploration(c),
		integrateMaps(c),
		rollbackMaps(c),
		releaseResources(c),
	}
}
