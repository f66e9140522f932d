package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/skald-go/skald/domain"
)

// parseYAML turns the document into JSON, lets package domain judge it, and puts the lines of the YAML to the faults.
func parseYAML(source []byte) (*domain.Definition, error) {
	if len(source) > domain.MaxDocument {
		return domain.ParseDefinition(source) // which says so
	}
	root, err := readYAML(source)
	if err != nil {
		return nil, err
	}
	c := converter{lines: map[string]int{}}
	c.value(root, "", root.Line, 0)
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	definition, err := domain.ParseDefinition(c.json.Bytes())
	if faults := (domain.Faults)(nil); errors.As(err, &faults) {
		for i := range faults {
			faults[i].Line = c.lineOf(faults[i].Path)
		}
		return nil, faults
	}
	return definition, err
}

// readYAML returns the root of the one document there must be.
func readYAML(source []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, domain.Faults{{Message: "the document is empty; write a definition"}}
	case err != nil:
		return nil, syntaxFaults(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, domain.Faults{{Message: "a second document begins here; write one definition a file", Line: second.Line}}
	case !errors.Is(err, io.EOF):
		return nil, syntaxFaults(err)
	}
	return document.Content[0], nil
}

var yamlLine = regexp.MustCompile(`^line ([0-9]+): `)

// syntaxFaults takes the line out of the text of a yaml error, the only place where it stands.
func syntaxFaults(err error) domain.Faults {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	fault := domain.Fault{}
	if match := yamlLine.FindStringSubmatch(message); match != nil {
		fault.Line, _ = strconv.Atoi(match[1]) // digits by the pattern
		message = strings.TrimPrefix(message, match[0])
	}
	fault.Message = "is not YAML: " + message
	return domain.Faults{fault}
}
