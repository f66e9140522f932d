package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// UnknownFactError says that a history holds a fact this build does not know: it was written by a newer Skald, or not
// by Skald.
type UnknownFactError struct {
	Type          FactType
	SchemaVersion int
}

func (e *UnknownFactError) Error() string {
	return fmt.Sprintf("unknown fact %q of schema version %d (this build reads up to %d); run the Skald version that wrote it, or a newer one",
		string(e.Type), e.SchemaVersion, SchemaVersion)
}

// DecodeFact reads what EncodeFact wrote, now or in an earlier release: payloads of an older schema version are lifted
// first. Fields that are not known are passed over. The error is *UnknownFactError for a fact or a schema version this
// build does not know, else it says what is wrong with the payload. The fact shares no memory with payload.
func DecodeFact(t FactType, schemaVersion int, payload []byte) (Fact, error) {
	decode, known := decoders[t]
	if !known || schemaVersion > SchemaVersion || schemaVersion < 1 {
		return nil, &UnknownFactError{Type: t, SchemaVersion: schemaVersion}
	}
	payload, err := upcasters.lift(t, schemaVersion, SchemaVersion, payload)
	if err != nil {
		return nil, err
	}
	fact, err := decode(payload)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", t, err)
	}
	return fact, nil
}

var decoders = map[FactType]func([]byte) (Fact, error){
	TypeSagaStarted:           decodeAs[SagaStarted],
	TypeStepCommanded:         decodeAs[StepCommanded],
	TypeStepStarted:           decodeAs[StepStarted],
	TypeStepProgressed:        decodeAs[StepProgressed],
	TypeStepCompleted:         decodeAs[StepCompleted],
	TypeTimerSet:              decodeAs[TimerSet],
	TypeSignalAwaited:         decodeAs[SignalAwaited],
	TypeSignalReceived:        decodeAs[SignalReceived],
	TypeStepSkipped:           decodeAs[StepSkipped],
	TypeStepFailed:            decodeAs[StepFailed],
	TypeStepTimedOut:          decodeAs[StepTimedOut],
	TypeRetryScheduled:        decodeAs[RetryScheduled],
	TypeSagaCompensating:      decodeAs[SagaCompensating],
	TypeCompensationCommanded: decodeAs[CompensationCommanded],
	TypeCompensationStarted:   decodeAs[CompensationStarted],
	TypeCompensationCompleted: decodeAs[CompensationCompleted],
	TypeCompensationFailed:    decodeAs[CompensationFailed],
	TypeOperatorActed:         decodeAs[OperatorActed],
	TypeSagaDeadlinePassed:    decodeAs[SagaDeadlinePassed],
	TypeSagaPaused:            decodeAs[SagaPaused],
	TypeSagaResumed:           decodeAs[SagaResumed],
	TypeSagaCompleted:         decodeAs[SagaCompleted],
	TypeSagaCompensated:       decodeAs[SagaCompensated],
	TypeSagaCancelled:         decodeAs[SagaCancelled],
	TypeSagaStuck:             decodeAs[SagaStuck],
}

func decodeAs[F Fact](payload []byte) (Fact, error) {
	var fact F
	if !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{")) {
		return nil, errors.New("the payload is not a JSON object") // encoding/json would take null for one without fields
	}
	if err := json.Unmarshal(payload, &fact); err != nil {
		return nil, err
	}
	return fact, nil
}
