package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

const (
	sagas         = api.Prefix + "/sagas"
	conversations = api.Prefix + "/conversations/"
	definitions   = api.Prefix + "/definitions"
	deadLetters   = api.Prefix + "/dead-letters"
	projections   = api.Prefix + "/projections"
)

// Start starts a saga; it is durable when Start returns.
func (c *Client) Start(ctx context.Context, s api.Start) (started api.Started, err error) {
	err = c.call(ctx, http.MethodPost, sagas, nil, s, &started)
	return started, err
}

// Saga is where a saga stands.
func (c *Client) Saga(ctx context.Context, id domain.SagaID) (saga api.Saga, err error) {
	err = c.call(ctx, http.MethodGet, sagas+"/"+id.String(), nil, nil, &saga)
	return saga, err
}

// askAgain is how long the server is asked to hold one request that waits for a saga's end.
const askAgain = 20 * time.Second

// Await returns once the saga has ended or is stuck, or ctx ends.
func (c *Client) Await(ctx context.Context, id domain.SagaID) (api.Saga, error) {
	for {
		var saga api.Saga
		query := url.Values{"until": {"settled"}, "timeout": {askAgain.String()}}
		err := c.call(ctx, http.MethodGet, sagas+"/"+id.String(), query, nil, &saga)
		if err != nil || saga.Settled() {
			return saga, err
		}
	}
}

// Sagas lists sagas, newest first.
func (c *Client) Sagas(ctx context.Context, q api.SagaQuery) (page api.Sagas, err error) {
	err = c.call(ctx, http.MethodGet, sagas, q.Values(), nil, &page)
	return page, err
}

// History is a saga's events.
func (c *Client) History(ctx context.Context, id domain.SagaID) (history api.History, err error) {
	err = c.call(ctx, http.MethodGet, sagas+"/"+id.String()+"/history", nil, nil, &history)
	return history, err
}

// Conversation is all sagas of a correlation id.
func (c *Client) Conversation(ctx context.Context, correlationID string) (all api.Conversation, err error) {
	err = c.call(ctx, http.MethodGet, conversations+url.PathEscape(correlationID), nil, nil, &all)
	return all, err
}

// Recital recites a conversation, as text or JSON, ready to be shown.
func (c *Client) Recital(ctx context.Context, correlationID string, q api.RecitalQuery) (text []byte, err error) {
	err = c.call(ctx, http.MethodGet, conversations+url.PathEscape(correlationID)+"/recital", q.Values(), nil, &text)
	return text, err
}

// Cancel asks a saga to turn round; what follows from it happens after Cancel has returned.
func (c *Client) Cancel(ctx context.Context, id domain.SagaID, by api.Cancel) error {
	return c.call(ctx, http.MethodPost, sagas+"/"+id.String()+"/cancel", nil, by, nil)
}

// Operate does what a person asks of a saga, or, with dryRun, tells what would follow; what the saga does later in
// consequence happens after Operate has returned.
func (c *Client) Operate(ctx context.Context, id domain.SagaID, verb domain.Verb, by api.Operation, dryRun bool) (answer api.Operated, err error) {
	var query url.Values
	if dryRun {
		query = url.Values{"dry_run": {"true"}}
	}
	err = c.call(ctx, http.MethodPost, sagas+"/"+id.String()+"/"+url.PathEscape(string(verb)), query, by, &answer)
	return answer, err
}

// Signal tells a saga something that one of its steps waits for, now or later; it is durable when Signal returns.
func (c *Client) Signal(ctx context.Context, id domain.SagaID, name string, signal api.Signal) error {
	return c.call(ctx, http.MethodPost, sagas+"/"+id.String()+"/signals/"+url.PathEscape(name), nil, signal, nil)
}

// PutDefinition publishes a definition (a JSON document).
func (c *Client) PutDefinition(ctx context.Context, d *domain.Definition) (published api.Definition, err error) {
	err = c.call(ctx, http.MethodPut, definitionPath(d.Name, d.Version), nil, d, &published)
	return published, err
}

// Definition is one published definition; version 0 is the newest.
func (c *Client) Definition(ctx context.Context, name string, version int) (d api.Definition, err error) {
	err = c.call(ctx, http.MethodGet, definitionPath(name, version), nil, nil, &d)
	return d, err
}

func definitionPath(name string, version int) string {
	if version == 0 {
		return definitions + "/" + url.PathEscape(name)
	}
	return fmt.Sprintf("%s/%s/%d", definitions, url.PathEscape(name), version)
}

// Definitions lists the published definitions.
func (c *Client) Definitions(ctx context.Context) (all api.Definitions, err error) {
	err = c.call(ctx, http.MethodGet, definitions, nil, nil, &all)
	return all, err
}

// DeadLetters lists the dead letters that wait for a decision, newest first; before is DeadLetters.Next of the page
// before.
func (c *Client) DeadLetters(ctx context.Context, before string, limit int) (page api.DeadLetters, err error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if before != "" {
		query.Set("before", before)
	}
	err = c.call(ctx, http.MethodGet, deadLetters, query, nil, &page)
	return page, err
}

// DeadLetter is one dead letter.
func (c *Client) DeadLetter(ctx context.Context, id string) (d api.DeadLetter, err error) {
	err = c.call(ctx, http.MethodGet, deadLetters+"/"+url.PathEscape(id), nil, nil, &d)
	return d, err
}

// Requeue puts a dead letter's message back on its stream.
func (c *Client) Requeue(ctx context.Context, id string, by api.Resolve) error {
	return c.call(ctx, http.MethodPost, deadLetters+"/"+url.PathEscape(id)+"/requeue", nil, by, nil)
}

// Discard takes a dead letter off the list; it stays on record.
func (c *Client) Discard(ctx context.Context, id string, by api.Resolve) error {
	return c.call(ctx, http.MethodPost, deadLetters+"/"+url.PathEscape(id)+"/discard", nil, by, nil)
}

// Projections tells how far each projection has come.
func (c *Client) Projections(ctx context.Context) (all api.Projections, err error) {
	err = c.call(ctx, http.MethodGet, projections, nil, nil, &all)
	return all, err
}

// Rebuild makes a projection anew from the log; it returns when that is done.
func (c *Client) Rebuild(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodPost, projections+"/"+url.PathEscape(name)+"/rebuild", nil, struct{}{}, nil)
}

// Version names the server's build.
func (c *Client) Version(ctx context.Context) (v api.Version, err error) {
	err = c.call(ctx, http.MethodGet, api.Prefix+"/version", nil, nil, &v)
	return v, err
}
