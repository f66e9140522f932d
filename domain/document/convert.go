package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/skald-go/skald/domain"
)

// What a document may grow to when its aliases are followed: a few lines of YAML can stand for any number of values.
const (
	maxValues = 100_000
	maxDepth  = 64
)

// converter writes YAML nodes as JSON and remembers the line of each path. It keeps doubled names and whatever else
// package domain has an opinion about.
type converter struct {
	json   bytes.Buffer
	lines  map[string]int
	values int
	faults domain.Faults
}

// value writes n; line is where people look for it, which for a member is the line of its name.
func (c *converter) value(n *yaml.Node, path string, line, depth int) {
	if c.values++; c.values > maxValues || depth > maxDepth {
		if len(c.faults) == 0 {
			c.fault("", line, "the document is too deep or too large once its aliases are followed; write fewer")
		}
		return
	}
	if _, met := c.lines[path]; !met {
		c.lines[path] = line
	}
	switch n.Kind {
	case yaml.AliasNode:
		c.value(n.Alias, path, line, depth+1)
	case yaml.MappingNode:
		c.mapping(n, path, depth)
	case yaml.SequenceNode:
		c.sequence(n, path, depth)
	default:
		c.scalar(n)
	}
}

func (c *converter) mapping(n *yaml.Node, path string, depth int) {
	c.json.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode {
			c.fault(path, name.Line, "a field's name must be plain text")
			return
		}
		if i > 0 {
			c.json.WriteByte(',')
		}
		c.text(name.Value)
		c.json.WriteByte(':')
		at := name.Value
		if path != "" {
			at = path + "." + name.Value
		}
		c.value(n.Content[i+1], at, name.Line, depth+1)
	}
	c.json.WriteByte('}')
}

func (c *converter) sequence(n *yaml.Node, path string, depth int) {
	c.json.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			c.json.WriteByte(',')
		}
		c.value(item, fmt.Sprintf("%s[%d]", path, i), item.Line, depth+1)
	}
	c.json.WriteByte(']')
}

// scalar writes numbers, booleans and null as such, and all else, dates for instance, as the text that it is.
func (c *converter) scalar(n *yaml.Node) {
	var value any
	switch n.ShortTag() {
	case "!!int", "!!float":
		var number float64 // exact for every number a definition may hold
		if err := n.Decode(&number); err == nil && !math.IsNaN(number) && !math.IsInf(number, 0) {
			value = number
		} else {
			value = n.Value
		}
	case "!!bool":
		value = strings.EqualFold(n.Value, "true")
	case "!!null":
	default:
		value = n.Value
	}
	c.write(value)
}

func (c *converter) text(text string) { c.write(text) }

func (c *converter) write(value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("document: cannot encode %T: %v", value, err)) // texts, booleans and finite numbers always can
	}
	c.json.Write(encoded)
}

func (c *converter) fault(path string, line int, message string) {
	c.faults = append(c.faults, domain.Fault{Path: path, Line: line, Message: message})
}

// lineOf is the line of the value at path, or of what it is missing from.
func (c *converter) lineOf(path string) int {
	for {
		if line, met := c.lines[path]; met || path == "" {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}
