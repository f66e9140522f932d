package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/skald-go/skald/web/api"
)

// answer writes v as JSON. What cannot be written to a client that has gone is of no interest to anybody.
func answer(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text, status = []byte(`{"type":"`+string(api.Internal)+`","detail":"the answer cannot be written as JSON"}`), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// fail writes an error as problem+json.
func fail(w http.ResponseWriter, err error) {
	p := problemOf(err)
	text, _ := json.Marshal(p) // strings and a number: always possible
	w.Header().Set("Content-Type", api.ProblemType)
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n'))
}

// bodyOf is the request's whole body. Its size is bounded by the server.
func bodyOf(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, api.NewProblem(api.TooLarge, fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit),
			"send less: keep large data elsewhere and its address in the input")
	}
	if err != nil {
		return nil, invalid("the body ended before it was complete", "send it again")
	}
	return text, nil
}

// read reads the request's body, a JSON object without unknown fields, into v.
func read(r *http.Request, v any) error {
	text, err := bodyOf(r)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return invalid("the body is not understood: "+err.Error(), "send a JSON object with the fields that docs/operations.md names")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("the body goes on after its JSON object", "send one JSON object")
	}
	return nil
}
