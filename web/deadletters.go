package web

import (
	"context"

	"github.com/skald-go/skald/eventstore"
	"github.com/skald-go/skald/router"
	"github.com/skald-go/skald/web/api"
)

// What can be decided about a dead letter.
const (
	requeued  = "requeued"
	discarded = "discarded"
)

// DeadLetters is a page of the letters that wait for a decision, newest first.
func (s *Service) DeadLetters(ctx context.Context, before string, limit int) (api.DeadLetters, error) {
	limit = pageSize(limit)
	letters, err := s.Store.DeadLetters(ctx, before, limit)
	if err != nil {
		return api.DeadLetters{}, problemOf(err)
	}
	page := api.DeadLetters{DeadLetters: make([]api.DeadLetter, len(letters))}
	for i := range letters {
		page.DeadLetters[i] = letterOf(letters[i])
	}
	if len(letters) == limit {
		page.Next = letters[limit-1].ID
	}
	return page, nil
}

// DeadLetter is one letter, resolved or not.
func (s *Service) DeadLetter(ctx context.Context, id string) (api.DeadLetter, error) {
	letter, err := s.Store.DeadLetter(ctx, id)
	if err != nil {
		return api.DeadLetter{}, problemOf(err)
	}
	return letterOf(letter), nil
}

// Requeue puts a letter's message back on its stream and then marks the letter. A crash between the two leaves the
// letter waiting, never the message lost: requeued twice, a reply still counts once, and a start with a key starts one
// saga.
func (s *Service) Requeue(ctx context.Context, id string, by api.Resolve) error {
	if s.Broker == nil {
		return readOnly("requeueing a dead letter")
	}
	letter, err := s.unresolved(ctx, id, by)
	if err != nil {
		return err
	}
	if err := router.Requeue(ctx, s.Broker, letter); err != nil {
		return api.NewProblem(api.Unavailable, "the broker did not take the message: "+err.Error(), "the letter still waits; ask again when the broker is back")
	}
	return s.resolve(ctx, id, requeued, by)
}

// Discard takes a letter off the list for good. It stays on record.
func (s *Service) Discard(ctx context.Context, id string, by api.Resolve) error {
	if _, err := s.unresolved(ctx, id, by); err != nil {
		return err
	}
	return s.resolve(ctx, id, discarded, by)
}

func (s *Service) unresolved(ctx context.Context, id string, by api.Resolve) (eventstore.DeadLetter, error) {
	if by.Actor == "" {
		return eventstore.DeadLetter{}, invalid("who decides is missing", "give \"actor\"; it is kept with the letter")
	}
	letter, err := s.Store.DeadLetter(ctx, id)
	if err == nil && letter.Resolution != "" {
		err = eventstore.ErrDeadLetterResolved
	}
	if err != nil {
		return eventstore.DeadLetter{}, problemOf(err)
	}
	return letter, nil
}

func (s *Service) resolve(ctx context.Context, id, resolution string, by api.Resolve) error {
	if err := s.Store.ResolveDeadLetter(ctx, id, resolution, by.Actor, s.now()); err != nil {
		return problemOf(err)
	}
	return nil
}

func letterOf(d eventstore.DeadLetter) api.DeadLetter {
	letter := api.DeadLetter{
		ID:            d.ID,
		Stream:        d.Stream,
		EntryID:       d.EntryID,
		Group:         d.Group,
		Reason:        d.Reason,
		CorrelationID: d.CorrelationID,
		SagaID:        d.SagaID,
		EventType:     d.EventType,
		Fields:        make(map[string]string, len(d.Fields)),
		At:            d.At,
		Resolution:    d.Resolution,
		ResolvedBy:    d.ResolvedBy,
		ResolvedAt:    d.ResolvedAt,
	}
	for _, field := range d.Fields {
		letter.Fields[field.Name] = field.Value
	}
	return letter
}

// pageSize is a page's size as asked for, within its limits.
func pageSize(limit int) int {
	if limit <= 0 {
		return api.DefaultLimit
	}
	return min(limit, api.MaxLimit)
}
