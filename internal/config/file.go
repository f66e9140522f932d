package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// fromFile reads a YAML document of nested keys over c. All faults are reported, each with its line.
func (c *Config) fromFile(name string, text []byte) Faults {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Faults{fmt.Sprintf("%s is not YAML: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	if len(document.Content) == 0 {
		return nil // an empty file sets nothing
	}
	return c.fromNode(name, "", document.Content[0])
}

// fromNode reads the mapping at node, whose keys all begin with prefix.
func (c *Config) fromNode(file, prefix string, node *yaml.Node) (faults Faults) {
	if node.Kind != yaml.MappingNode {
		what := "the file"
		if prefix != "" {
			what = strings.TrimSuffix(prefix, ".")
		}
		return Faults{fmt.Sprintf("%s:%d: %s must hold keys and values, such as \"store: sqlite:skald.db\"", file, node.Line, what)}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := prefix+node.Content[i].Value, node.Content[i+1]
		if key, ok := lookup(name); ok {
			faults = append(faults, c.fromValue(file, key, value)...)
			continue
		}
		if isSection(name) {
			faults = append(faults, c.fromNode(file, name+".", value)...)
			continue
		}
		faults = append(faults, fmt.Sprintf("%s:%d: %s", file, node.Content[i].Line, unknownKey(name)))
	}
	return faults
}

func (c *Config) fromValue(file string, key Key, value *yaml.Node) Faults {
	if value.Kind != yaml.ScalarNode {
		return Faults{fmt.Sprintf("%s:%d: %s must be a single value (%s)", file, value.Line, key.Name, key.Type)}
	}
	if err := key.set(c, value.Value); err != nil {
		return Faults{fmt.Sprintf("%s:%d: %s: %v", file, value.Line, key.Name, key.hide(err))}
	}
	c.origins[key.Name] = "file " + file
	return nil
}

// isSection reports whether keys are nested under name.
func isSection(name string) bool {
	for _, key := range keys {
		if strings.HasPrefix(key.Name, name+".") {
			return true
		}
	}
	return false
}
