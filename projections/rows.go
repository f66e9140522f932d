package projections

import (
	"encoding/json"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// SagaRow is a row of saga_status.
type SagaRow struct {
	SagaID            domain.SagaID   `json:"saga_id"`
	CorrelationID     string          `json:"correlation_id"`
	Lane              eventstore.Lane `json:"lane"`
	Definition        string          `json:"definition"`
	DefinitionVersion int             `json:"definition_version"`
	Status            domain.Status   `json:"status"`
	CurrentStep       string          `json:"current_step,omitempty"`
	Progress          float64         `json:"progress"` // 0 to 1
	Attempts          int             `json:"attempts"` // commands decided, retries and compensations included
	Error             string          `json:"error,omitempty"`
	Input             json.RawMessage `json:"input"`
	StartedAt         time.Time       `json:"started_at"`
	UpdatedAt         time.Time       `json:"updated_at"`
	EndedAt           time.Time       `json:"ended_at,omitzero"`
	Version           uint64          `json:"version"`
}

// StepRow is a row of saga_steps.
type StepRow struct {
	SagaID               domain.SagaID    `json:"saga_id"`
	Step                 string           `json:"step"`
	Position             int              `json:"position"` // in the order of first commands, from 1
	Phase                domain.StepPhase `json:"phase"`
	Direction            domain.Direction `json:"direction"`
	Attempts             int              `json:"attempts"`
	CompensationAttempts int              `json:"compensation_attempts"`
	InDoubt              bool             `json:"in_doubt"`
	Fraction             float64          `json:"fraction"`
	Error                string           `json:"error,omitempty"`
	ErrorCode            string           `json:"error_code,omitempty"`
	Output               json.RawMessage  `json:"output,omitempty"`
	CommandedAt          time.Time        `json:"commanded_at"`
	RetryAt              time.Time        `json:"retry_at,omitzero"`
	EndedAt              time.Time        `json:"ended_at,omitzero"`
}

// RowsOf are the rows of a saga: a function of its state and of the number of steps in its definition, and of nothing
// else.
func RowsOf(s Saga) (SagaRow, []StepRow) {
	state := s.State
	steps := make([]StepRow, len(state.Steps))
	attempts := 0
	for i := range state.Steps {
		steps[i] = stepRow(state.SagaID, i+1, &state.Steps[i])
		attempts += steps[i].Attempts + steps[i].CompensationAttempts
	}
	current := currentStep(state)
	row := SagaRow{
		SagaID:            state.SagaID,
		CorrelationID:     plainText(state.CorrelationID),
		Lane:              s.Lane,
		Definition:        plainText(state.Definition.Name),
		DefinitionVersion: state.Definition.Version,
		Status:            state.Status,
		Progress:          progress(state, s.StepCount),
		Attempts:          attempts,
		Error:             plainText(state.Error),
		Input:             state.Input,
		StartedAt:         state.StartedAt,
		UpdatedAt:         state.UpdatedAt,
		EndedAt:           state.EndedAt,
		Version:           state.Version,
	}
	if current != nil {
		row.CurrentStep = plainText(current.Name)
		if row.Error == "" {
			row.Error = plainText(current.Error)
		}
	}
	if state.Held && row.Error == "" {
		row.Error = plainText(state.StuckError)
	}
	if len(row.Input) == 0 {
		row.Input = json.RawMessage("{}")
	}
	return row, steps
}

func stepRow(id domain.SagaID, position int, step *domain.StepState) StepRow {
	row := StepRow{
		SagaID:               id,
		Step:                 plainText(step.Name),
		Position:             position,
		Phase:                step.Phase,
		Direction:            domain.Forward,
		Attempts:             step.Action.Count,
		CompensationAttempts: step.Undo.Count,
		InDoubt:              len(step.Unanswered) > 0,
		Fraction:             step.Fraction,
		Error:                plainText(step.Error),
		ErrorCode:            plainText(step.Code),
		Output:               step.Output,
		CommandedAt:          step.CommandedAt,
		RetryAt:              step.Action.Due,
		EndedAt:              step.EndedAt,
	}
	if step.Undo.Count > 0 {
		row.Direction = domain.Back
		row.RetryAt = step.Undo.Due
	}
	return row
}

// currentStep is the first step that is under way, or, in a saga that stands still, the one that holds it.
func currentStep(state domain.State) *domain.StepState {
	if state.Status.Terminal() {
		return nil
	}
	for i := range state.Steps {
		step := &state.Steps[i]
		switch step.Phase {
		case domain.StepOpen, domain.StepWaiting, domain.StepSleeping, domain.StepAwaiting, domain.StepUndoing, domain.StepUndoWaiting:
			if state.Status != domain.Stuck {
				return step
			}
		case domain.StepUndoStuck:
			return step
		case domain.StepGivenUp:
			if state.Status == domain.Stuck && !state.Turned {
				return step
			}
		}
	}
	return nil
}

// progress is the share of steps that are done and not undone.
func progress(state domain.State, stepCount int) float64 {
	if state.Status == domain.Completed {
		return 1
	}
	if stepCount == 0 {
		return 0
	}
	var done float64
	for i := range state.Steps {
		step := &state.Steps[i]
		switch {
		case step.Phase == domain.StepUndone:
		case step.Output != nil:
			done++
		case step.Phase == domain.StepOpen:
			done += min(max(step.Fraction, 0), 1)
		}
	}
	return min(done/float64(stepCount), 1)
}
