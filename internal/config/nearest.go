package config

import (
	"fmt"
	"strings"
)

// unknownKey is what is said about a name that is no key.
func unknownKey(name string) string {
	names := make([]string, 0, len(keys))
	for _, key := range keys {
		names = append(names, key.Name)
	}
	if near := nearest(name, names, max(2, len(name)/3)); near != "" {
		return fmt.Sprintf("unknown key %q; did you mean %q?", name, near)
	}
	return fmt.Sprintf("unknown key %q; `skald config --help` lists all keys", name)
}

// nearest is the candidate with the fewest edits to name, or "" when all are more than limit edits away.
func nearest(name string, candidates []string, limit int) string {
	best, least := "", limit+1
	for _, candidate := range candidates {
		if d := edits(strings.ToLower(name), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// edits is the Levenshtein distance: how many letters must be put in, taken out or replaced.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := diagonal
			if a[i-1] != b[j-1] {
				replace++
			}
			diagonal = row[j]
			row[j] = min(row[j]+1, row[j-1]+1, replace)
		}
	}
	return row[len(b)]
}
