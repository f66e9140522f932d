package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/skald-go/skald/domain"
)

// Filter chooses sagas. Its zero fields choose nothing away.
type Filter struct {
	Status        domain.Status
	Definition    string
	CorrelationID string
	Limit         int    // greatest number of sagas in a page; 0 means 50, at most 1000
	Cursor        string // Page.Next of the page before; "" for the first
}

// Page is one part of a list of sagas, the latest start first.
type Page struct {
	Sagas []SagaRow `json:"sagas"`
	Next  string    `json:"next,omitempty"` // cursor of the next page; "" when this is the last
}

// Conversation is a row of correlations.
type Conversation struct {
	CorrelationID  string    `json:"correlation_id"`
	Sagas          int       `json:"sagas"`
	Open           int       `json:"open"`
	Completed      int       `json:"completed"`
	Compensated    int       `json:"compensated"`
	Cancelled      int       `json:"cancelled"`
	Stuck          int       `json:"stuck"`
	FirstStartedAt time.Time `json:"first_started_at"`
	LastUpdatedAt  time.Time `json:"last_updated_at"`
}

const (
	defaultPage = 50
	greatPage   = 1000
)

// Sagas returns a page of the sagas that a filter chooses. The error is ErrInvalidCursor for a cursor of no page.
func (r *Runner) Sagas(ctx context.Context, f Filter) (Page, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, greatPage)
	where, args, err := f.conditions()
	if err != nil {
		return Page{}, err
	}
	args = append(args, limit+1) // one more tells whether there is a next page
	var page Page
	err = r.db.read(ctx, func(tx *Tx) error {
		page.Sagas, err = querySagas(ctx, tx, fmt.Sprintf("%s%s\nORDER BY saga_id DESC LIMIT $%d", sqlSagas, where, len(args)), args...)
		return err
	})
	if err != nil {
		return Page{}, fmt.Errorf("list sagas: %w", err)
	}
	if len(page.Sagas) > limit {
		page.Sagas = page.Sagas[:limit]
		page.Next = page.Sagas[limit-1].SagaID.String()
	}
	return page, nil
}

func (f Filter) conditions() (where string, args []any, err error) {
	var conditions []string
	add := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	if f.Status != "" {
		add("status =", string(f.Status))
	}
	if f.Definition != "" {
		add("definition =", f.Definition)
	}
	if f.CorrelationID != "" {
		add("correlation_id =", f.CorrelationID)
	}
	if f.Cursor != "" {
		last, err := domain.ParseSagaID(f.Cursor)
		if err != nil {
			return "", nil, fmt.Errorf("%q: %w", f.Cursor, ErrInvalidCursor)
		}
		add("saga_id <", last.String())
	}
	if len(conditions) == 0 {
		return "", nil, nil
	}
	return "\nWHERE " + strings.Join(conditions, " AND "), args, nil
}

// Saga returns the row of one saga. The error is ErrNoSaga.
func (r *Runner) Saga(ctx context.Context, id domain.SagaID) (SagaRow, error) {
	var found []SagaRow
	err := r.db.read(ctx, func(tx *Tx) (err error) {
		found, err = querySagas(ctx, tx, sqlSagas+"\nWHERE saga_id = $1", id.String())
		return err
	})
	if err != nil {
		return SagaRow{}, fmt.Errorf("saga %s: %w", id, err)
	}
	if len(found) == 0 {
		return SagaRow{}, fmt.Errorf("saga %s: %w", id, ErrNoSaga)
	}
	return found[0], nil
}

// Steps returns the rows of a saga's steps, in the order of their first commands. A saga that does not exist has none.
func (r *Runner) Steps(ctx context.Context, id domain.SagaID) ([]StepRow, error) {
	var found []StepRow
	err := r.db.read(ctx, func(tx *Tx) (err error) {
		found, err = querySteps(ctx, tx, sqlSteps+"\nWHERE saga_id = $1\nORDER BY position", id.String())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("steps of saga %s: %w", id, err)
	}
	return found, nil
}

// Conversation returns the sums over the sagas of a correlation id. The error is ErrNoConversation.
func (r *Runner) Conversation(ctx context.Context, correlationID string) (Conversation, error) {
	var c Conversation
	var first, last moment
	err := r.db.read(ctx, func(tx *Tx) error {
		return tx.one(ctx, sqlConversation, []any{correlationID},
			&c.CorrelationID, &c.Sagas, &c.Open, &c.Completed, &c.Compensated, &c.Cancelled, &c.Stuck, &first, &last)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Conversation{}, fmt.Errorf("correlation id %q: %w", correlationID, ErrNoConversation)
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("correlation id %q: %w", correlationID, err)
	}
	c.FirstStartedAt, c.LastUpdatedAt = first.Time, last.Time
	return c, nil
}

func querySagas(ctx context.Context, tx *Tx, query string, args ...any) ([]SagaRow, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []SagaRow
	for rows.Next() {
		row, err := scanSaga(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func scanSaga(rows *sql.Rows) (SagaRow, error) {
	var row SagaRow
	var id string
	var current, fault sql.NullString
	var input document
	var started, updated, ended moment
	err := rows.Scan(&id, &row.CorrelationID, &row.Lane, &row.Definition, &row.DefinitionVersion, &row.Status, &current,
		&row.Progress, &row.Attempts, &fault, &input, &started, &updated, &ended, &row.Version)
	if err != nil {
		return SagaRow{}, err
	}
	if row.SagaID, err = domain.ParseSagaID(id); err != nil {
		return SagaRow{}, err
	}
	row.CurrentStep, row.Error, row.Input = current.String, fault.String, input.RawMessage
	row.StartedAt, row.UpdatedAt, row.EndedAt = started.Time, updated.Time, ended.Time
	return row, nil
}

func querySteps(ctx context.Context, tx *Tx, query string, args ...any) ([]StepRow, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []StepRow
	for rows.Next() {
		row, err := scanStep(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func scanStep(rows *sql.Rows) (StepRow, error) {
	var row StepRow
	var id string
	var fault, code sql.NullString
	var output document
	var commanded, retry, ended moment
	err := rows.Scan(&id, &row.Step, &row.Position, &row.Phase, &row.Direction, &row.Attempts, &row.CompensationAttempts,
		&row.InDoubt, &row.Fraction, &fault, &code, &output, &commanded, &retry, &ended)
	if err != nil {
		return StepRow{}, err
	}
	if row.SagaID, err = domain.ParseSagaID(id); err != nil {
		return StepRow{}, err
	}
	row.Error, row.ErrorCode, row.Output = fault.String, code.String, output.RawMessage
	row.CommandedAt, row.RetryAt, row.EndedAt = commanded.Time, retry.Time, ended.Time
	return row, nil
}
