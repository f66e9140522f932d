// Package document reads saga definitions from files, YAML or JSON, and names the line of every fault. It is apart from
// package domain so that whoever has no use for YAML does without it.
package document

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/skald-go/skald/domain"
)

// Error is everything that is wrong with one document. It unwraps to its Faults.
type Error struct {
	Name   string // of the file
	Faults domain.Faults
}

// Error is one line for each fault, as compilers write them: file, line, path, message.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		place := e.Name
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", e.Name, f.Line)
		}
		f.Line = 0
		lines[i] = place + ": " + f.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As the Faults.
func (e *Error) Unwrap() error { return e.Faults }

// Load reads and parses a file. The error is *Error when the document is at fault, else that of reading it.
func Load(path string) (*domain.Definition, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read definition: %w", err)
	}
	source, err := io.ReadAll(io.LimitReader(file, domain.MaxDocument+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read definition: %w", err)
	}
	return Parse(path, source)
}

// Parse reads a document; the name's ending says whether it is YAML (.yaml, .yml) or JSON (.json). The definition is
// prepared (Definition.Prepared). The error is *Error and lists everything that is wrong with the document.
func Parse(name string, source []byte) (*domain.Definition, error) {
	definition, err := parse(name, source)
	if err == nil {
		return definition, nil
	}
	if faults := (domain.Faults)(nil); errors.As(err, &faults) {
		return nil, &Error{Name: name, Faults: faults}
	}
	return nil, fmt.Errorf("%s: %w", name, err)
}

func parse(name string, source []byte) (*domain.Definition, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return domain.ParseDefinition(source)
	case ".yaml", ".yml":
		return parseYAML(source)
	default:
		return nil, domain.Faults{{Message: "the file's name must end in .yaml, .yml or .json"}}
	}
}
