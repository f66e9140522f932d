package api

import "net/http"

// ProblemType is the content type of an error (RFC 9457).
const ProblemType = "application/problem+json"

// Problem is an error: what is wrong, and what to do next. It is an error of Go as well, and what the client returns.
type Problem struct {
	Kind   Kind   `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	ToDo   string `json:"to_do"` // what to do next
}

func (p *Problem) Error() string {
	if p.ToDo == "" {
		return p.Detail
	}
	return p.Detail + "; " + p.ToDo
}

// Kind names a sort of error; callers branch on it.
type Kind string

// The kinds.
const (
	Invalid     Kind = "urn:skald:invalid"      // the request makes no sense
	NotFound    Kind = "urn:skald:not-found"    // there is no such thing
	Refused     Kind = "urn:skald:refused"      // as things stand it must not be done
	Changed     Kind = "urn:skald:changed"      // it exists with another content
	TooLarge    Kind = "urn:skald:too-large"    // the request's body
	Unavailable Kind = "urn:skald:unavailable"  // not now; the same request may succeed later
	Unknown     Kind = "urn:skald:outcome"      // it may or may not have been done: read before trying again
	Internal    Kind = "urn:skald:internal"     // a fault of the server
	NoRoute     Kind = "urn:skald:no-such-path" // no such route or method
)

var kinds = map[Kind]struct {
	status int
	title  string
}{
	Invalid:     {http.StatusBadRequest, "the request is invalid"},
	NotFound:    {http.StatusNotFound, "not found"},
	Refused:     {http.StatusUnprocessableEntity, "refused"},
	Changed:     {http.StatusConflict, "exists with another content"},
	TooLarge:    {http.StatusRequestEntityTooLarge, "the request is too large"},
	Unavailable: {http.StatusServiceUnavailable, "not available at the moment"},
	Unknown:     {http.StatusGatewayTimeout, "the outcome is unknown"},
	Internal:    {http.StatusInternalServerError, "internal error"},
	NoRoute:     {http.StatusNotFound, "no such path"},
}

// NewProblem makes a problem of a kind; its title and status follow from the kind.
func NewProblem(kind Kind, detail, toDo string) *Problem {
	return &Problem{Kind: kind, Title: kinds[kind].title, Status: kinds[kind].status, Detail: detail, ToDo: toDo}
}
