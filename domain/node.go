package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Limits of a definition's document.
const (
	MaxDocument      = 1 << 20 // bytes
	maxDocumentDepth = 32
)

// node is one value of a JSON document, with its place.
type node struct {
	kind    nodeKind
	text    string // of a string or a number
	members []member
	items   []node
	line    int // 0 in a document of one line
}

type member struct {
	name  string
	value node
}

type nodeKind string

const (
	objectNode nodeKind = "an object"
	listNode   nodeKind = "a list"
	textNode   nodeKind = "text"
	numberNode nodeKind = "a number"
	boolNode   nodeKind = "true or false"
	nullNode   nodeKind = "null"
)

// readNode reads a document into nodes. All it refuses is what is no JSON, or too much of it.
func readNode(document []byte) (node, *Fault) {
	if len(document) > MaxDocument {
		return node{}, &Fault{Message: "the document is longer than 1 MiB; a definition is not"}
	}
	if !utf8.Valid(document) {
		return node{}, &Fault{Message: "the document is not UTF-8; save it as UTF-8"}
	}
	if fault := checkSyntax(document); fault != nil {
		return node{}, fault
	}
	r := nodeReader{document: document, decoder: json.NewDecoder(bytes.NewReader(document)), line: 1}
	r.decoder.UseNumber()
	r.lines = bytes.Contains(bytes.TrimSpace(document), []byte("\n"))
	root, ok := r.value(0)
	if !ok {
		return node{}, &Fault{Message: "the document is nested too deeply; a definition is not", Line: r.at()}
	}
	return root, nil
}

func checkSyntax(document []byte) *Fault {
	if len(bytes.TrimSpace(document)) == 0 {
		return &Fault{Message: "the document is empty; write a definition"}
	}
	var raw json.RawMessage
	err := json.Unmarshal(document, &raw)
	if err == nil {
		return nil
	}
	fault := &Fault{Message: "is not JSON: " + err.Error()}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		fault.Line = 1 + bytes.Count(document[:syntax.Offset], []byte("\n"))
	}
	return fault
}

// nodeReader walks the tokens of a valid document and counts lines as it goes.
type nodeReader struct {
	document []byte
	decoder  *json.Decoder
	lines    bool // whether lines are worth naming
	counted  int64
	line     int
}

// at is the line of the token read last. No token spans lines.
func (r *nodeReader) at() int {
	offset := r.decoder.InputOffset()
	r.line += bytes.Count(r.document[r.counted:offset], []byte("\n"))
	r.counted = offset
	if !r.lines {
		return 0
	}
	return r.line
}

func (r *nodeReader) value(depth int) (n node, ok bool) {
	if depth > maxDocumentDepth {
		return node{}, false
	}
	token, err := r.decoder.Token()
	if err != nil {
		return node{}, false
	}
	n.line = r.at()
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			n.kind = objectNode
			return n, r.members(&n, depth)
		}
		n.kind = listNode
		return n, r.items(&n, depth)
	case string:
		n.kind, n.text = textNode, token
	case json.Number:
		n.kind, n.text = numberNode, token.String()
	case bool:
		n.kind = boolNode
	default:
		n.kind = nullNode
	}
	return n, true
}

func (r *nodeReader) members(n *node, depth int) (ok bool) {
	for r.decoder.More() {
		name, err := r.decoder.Token()
		if err != nil {
			return false
		}
		line := r.at()
		value, ok := r.value(depth + 1)
		if !ok {
			return false
		}
		value.line = line // that of the name, where people look
		n.members = append(n.members, member{name: name.(string), value: value})
	}
	_, err := r.decoder.Token()
	return err == nil
}

func (r *nodeReader) items(n *node, depth int) (ok bool) {
	for r.decoder.More() {
		item, ok := r.value(depth + 1)
		if !ok {
			return false
		}
		n.items = append(n.items, item)
	}
	_, err := r.decoder.Token()
	return err == nil
}
