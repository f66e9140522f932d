package domain

import (
	"encoding/json"
	"strconv"
)

// Effects are the messages that follow from an event, to be published once the event is durable: the command it
// carries, and what the saga tells its own caller on the reply stream given at its start. s is the state after e (or
// after a later event of the same turn); the ReplyStream of commands is left to whoever publishes them.
//
// Publishing an effect again is harmless: request id and idempotency key are those of the first time.
func Effects(def *Definition, s State, e Event) []Envelope {
	switch f := e.Fact.(type) {
	case StepCommanded:
		return []Envelope{s.envelope(f.Step, Forward, &Command{Stream: f.Stream, EventType: f.EventType, RequestID: f.RequestID, Payload: f.Payload}, e.At)}
	case CompensationCommanded:
		return []Envelope{s.envelope(f.Step, Back, &Command{Stream: f.Stream, EventType: f.EventType, RequestID: f.RequestID, Payload: f.Payload}, e.At)}
	}
	if s.ReplyStream == "" {
		return nil
	}
	switch f := e.Fact.(type) {
	case SagaStarted:
		return s.tell(e, ReplyStart, nil)
	case StepCompleted:
		if s.Turned || f.Late {
			return nil
		}
		return s.tell(e, ReplyProgress, progressPayload(def, s, f.Step))
	case StepSkipped:
		return s.tell(e, ReplyProgress, progressPayload(def, s, f.Step))
	case SagaCompleted:
		return s.tell(e, ReplyCompleted, s.results())
	case SagaCompensated:
		return s.tell(e, ReplyFailed, failurePayload(s.Error, "compensated"))
	case SagaCancelled:
		return s.tell(e, ReplyFailed, failurePayload(s.Error, "cancelled"))
	default:
		return nil
	}
}

// tell is a reply of the saga itself to whoever started it.
func (s State) tell(e Event, status ReplyStatus, payload json.RawMessage) []Envelope {
	if payload == nil {
		payload = json.RawMessage("{}")
	}
	return []Envelope{{
		Stream:        s.ReplyStream,
		CorrelationID: s.CorrelationID,
		SagaID:        s.SagaID.String(),
		EventType:     s.EventType,
		Status:        status,
		Payload:       payload,
		Timestamp:     e.At,
		RequestID:     s.RequestID,
	}}
}

// progressPayload counts the steps done. The name of a step needs no escaping.
func progressPayload(def *Definition, s State, step string) json.RawMessage {
	done := 0
	for i := range s.Steps {
		if s.Steps[i].Output != nil {
			done++
		}
	}
	payload := []byte(`{"fraction":`)
	payload = strconv.AppendFloat(payload, float64(done)/float64(max(len(def.Steps), done)), 'g', 4, 64)
	payload = append(payload, `,"stage":"`...)
	payload = append(payload, step...)
	return append(payload, '"', '}')
}

// results are the outputs of all steps, by name.
func (s State) results() json.RawMessage {
	var members []byte
	for i := range s.Steps {
		if s.Steps[i].Output != nil {
			members = appendMember(members, s.Steps[i].Name, s.Steps[i].Output)
		}
	}
	return append(append([]byte{'{'}, members...), '}')
}

func failurePayload(reason, code string) json.RawMessage {
	payload, err := json.Marshal(map[string]any{"error": reason, "code": code, "retryable": false})
	if err != nil {
		panic(err) // text and a boolean always encode
	}
	return payload
}
