package projections

import (
	"context"
	"fmt"
	"reflect"
)

// SagasProjection is the name of the built-in projection. It keeps saga_status, saga_steps and correlations together,
// so that a query that joins them sees all three at the same place in the log.
const SagasProjection = "sagas"

// sagasVersion is raised when RowsOf or the summing up of conversations changes what it yields.
const sagasVersion = 1

// sagas is the built-in projection.
type sagas struct{}

func (sagas) Name() string { return SagasProjection }
func (sagas) Version() int { return sagasVersion }
func (sagas) Tables() []Table {
	return []Table{
		{Name: "saga_status", Key: []string{"saga_id"}},
		{Name: "saga_steps", Key: []string{"saga_id", "step"}},
		{Name: "correlations", Key: []string{"correlation_id"}},
	}
}

// Setup does nothing: the built-in tables come with the migrations.
func (sagas) Setup(context.Context, *Tx) error { return nil }

func (sagas) Apply(ctx context.Context, tx *Tx, batch Batch) error {
	var statuses, steps, conversations []any
	seen := make(map[string]bool)
	for _, saga := range batch.Sagas {
		row, stepRows := RowsOf(saga)
		statuses = append(statuses, row.values(tx)...)
		for _, step := range changed(saga, stepRows) {
			steps = append(steps, step.values(tx)...)
		}
		if !seen[row.CorrelationID] {
			seen[row.CorrelationID] = true
			conversations = append(conversations, row.CorrelationID)
		}
	}
	if err := sqlUpsertSagaStatus.exec(ctx, tx, statuses); err != nil {
		return fmt.Errorf("write saga_status: %w", err)
	}
	if err := sqlUpsertSagaSteps.exec(ctx, tx, steps); err != nil {
		return fmt.Errorf("write saga_steps: %w", err)
	}
	if err := sqlUpsertCorrelations.exec(ctx, tx, conversations); err != nil {
		return fmt.Errorf("write correlations: %w", err)
	}
	return nil
}

// changed leaves out the steps whose row is there already as it should be: the rows before the batch are those of the
// state before it, by the checkpoint.
func changed(saga Saga, rows []StepRow) []StepRow {
	var out []StepRow
	for i, row := range rows {
		if i < len(saga.Before.Steps) && reflect.DeepEqual(row, stepRow(row.SagaID, row.Position, &saga.Before.Steps[i])) {
			continue
		}
		out = append(out, row)
	}
	return out
}

func (r SagaRow) values(tx *Tx) []any {
	return []any{
		r.SagaID.String(), r.CorrelationID, int(r.Lane), r.Definition, r.DefinitionVersion, string(r.Status),
		optional(r.CurrentStep), r.Progress, r.Attempts, optional(r.Error), string(r.Input), tx.Time(r.StartedAt),
		tx.Time(r.UpdatedAt), tx.Time(r.EndedAt), int64(r.Version),
	}
}

func (r StepRow) values(tx *Tx) []any {
	return []any{
		r.SagaID.String(), r.Step, r.Position, string(r.Phase), string(r.Direction), r.Attempts, r.CompensationAttempts,
		r.InDoubt, r.Fraction, optional(r.Error), optional(r.ErrorCode), optional(r.Output), tx.Time(r.CommandedAt),
		tx.Time(r.RetryAt), tx.Time(r.EndedAt),
	}
}
