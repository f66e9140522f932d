// Package client talks to the API of `skald serve`. Errors of the server come back as *api.Problem; a server that does
// not answer is a *UnreachableError.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/skald-go/skald/web/api"
)

// Client is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// New makes a client of the server at base, such as http://127.0.0.1:8080. A nil HTTP client means the default one;
// how long a call may take is the business of its context.
func New(base string, h *http.Client) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("server: %q is not the URL of a server; write http://HOST:PORT", base)
	}
	if h == nil {
		h = http.DefaultClient
	}
	return &Client{base: strings.TrimSuffix(base, "/"), http: h}, nil
}

// UnreachableError says that no server answered.
type UnreachableError struct {
	Server string
	Err    error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no server answers at %s: %v; start one with `skald serve`, or name another with --server", e.Server, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// largestAnswer bounds what is read of an answer. A recital of a long conversation is the largest there is.
const largestAnswer = 256 << 20

// call sends in (nil for none) as JSON and reads the answer into out: a *[]byte takes it as it is, nil leaves it.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("the request cannot be written as JSON: %w", err)
		}
		body = bytes.NewReader(text)
	}
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return err
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &UnreachableError{Server: c.base, Err: cause(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err != nil {
		return &UnreachableError{Server: c.base, Err: err}
	}
	if answer.StatusCode >= 300 {
		return c.problem(answer, text)
	}
	return decode(text, out)
}

// problem is the server's error, or, when it is not one of ours, what can be said about it.
func (c *Client) problem(answer *http.Response, text []byte) error {
	var p api.Problem
	if strings.HasPrefix(answer.Header.Get("Content-Type"), api.ProblemType) && json.Unmarshal(text, &p) == nil {
		return &p
	}
	return &UnreachableError{Server: c.base, Err: fmt.Errorf("what answers there is no Skald server (HTTP status %d)", answer.StatusCode)}
}

func decode(text []byte, out any) error {
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = text
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("the server's answer is not understood: %w; are client and server of the same version?", err)
	}
	return nil
}

// cause is what went wrong, without the "Get http://…:" that names the server a second time.
func cause(err error) error {
	if wrapped, ok := err.(*url.Error); ok { //nolint:errorlint // http.Client.Do documents that it is the outermost
		return wrapped.Err
	}
	return err
}
