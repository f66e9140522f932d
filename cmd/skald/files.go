package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/skald-go/skald/domain"
)

// loadDefinitions reads all definitions of a directory, in order of their names. All faults of all files are told at
// once; "" is no directory.
func loadDefinitions(directory string) ([]*domain.Definition, error) {
	if directory == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, failf(exitNotFound, "the definitions cannot be read: %w; check --definitions", err)
	}
	var definitions []*domain.Definition
	var faults []error
	for _, entry := range entries {
		if entry.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(entry.Name())) {
			continue
		}
		name := filepath.Join(directory, entry.Name())
		definition, err := loadDefinition(name)
		if err != nil {
			faults = append(faults, failf(exitFailed, "%s: %w", name, err))
			continue
		}
		definitions = append(definitions, definition)
	}
	if len(faults) > 0 {
		return nil, failf(exitFailed, "%w; correct the files, `skald definitions check` shows each fault on a line", errors.Join(faults...))
	}
	if len(definitions) == 0 {
		return nil, failf(exitNotFound, "there is no definition (*.yaml, *.yml, *.json) in %s; check --definitions", directory)
	}
	return definitions, nil
}
