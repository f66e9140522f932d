package mission

import (
	"encoding/json"
	"fmt"

	"github.com/skald-go/skald/domain"
)

// The orchestrator of a mission is Skald itself: for the definition's start stream the router has a handler that reads
// it in this group and starts a saga for each entry of this event type.
const (
	StartStream    = "mission:commands"
	StartGroup     = "mission_orchestrator_group"
	StartEventType = "mission:start"
)

// Request is what a mission is asked for: the input of the saga, and therefore part of every command's payload.
type Request struct {
	RobotCount int    `json:"robot_count"` // robots to send, 1 to FleetSize
	Area       string `json:"area"`        // name of the area to explore, such as "ZoneA"
	// FailAt names a step that shall fail for good, to see the way back; "" for none.
	FailAt string `json:"fail_at,omitempty"`
}

// StartEntry is the entry to add to StartStream. The mission's own replies go to replyStream, unless it is "".
func StartEntry(r Request, correlationID, replyStream string) domain.Envelope {
	payload, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("a Request always has a JSON form: %v", err))
	}
	return domain.Envelope{
		Stream:        StartStream,
		CorrelationID: correlationID,
		EventType:     StartEventType,
		Payload:       payload,
		ReplyStream:   replyStream,
	}
}
