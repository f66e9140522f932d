package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the golden help texts anew")

// every lists all commands, groups of commands included.
func every(t *testing.T) [][]string {
	t.Helper()
	parser, err := New(nil, &bytes.Buffer{}, &bytes.Buffer{}, nil).parser(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	var paths [][]string
	var walk func(*kong.Node, []string)
	walk = func(node *kong.Node, path []string) {
		for _, child := range node.Children {
			if child.Type == kong.CommandNode {
				below := append(append([]string{}, path...), child.Name)
				paths = append(paths, below)
				walk(child, below)
			}
		}
	}
	walk(parser.Model.Node, nil)
	return append(paths, nil)
}

func TestHelpIsAsReviewed(t *testing.T) {
	for _, path := range every(t) {
		name := strings.Join(append([]string{"skald"}, path...), "-")
		t.Run(name, func(t *testing.T) {
			got := skald(t, append(path, "--help")...).want(t, exitOK).stdout
			golden := filepath.Join("testdata", "help", name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				write(t, golden, got)
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the help of %s changed; review it and run: go test ./cmd/skald -run Help -update\n%s", name, got)
			}
			if len(path) > 0 && !strings.Contains(got, "Examples:") {
				t.Error("the help has no examples")
			}
		})
	}
}

func TestExitCodesAreInTheHelp(t *testing.T) {
	help := skald(t, "--help").stdout
	for _, row := range exitCodes {
		if first, _, _ := strings.Cut(row.meaning, " "); !strings.Contains(help, first) {
			t.Errorf("exit code %d is not in the help", row.code)
		}
	}
	if got := skald(t).stdout; got != help {
		t.Error("skald alone does not show its help")
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range exitCodes {
		if !strings.Contains(string(page), fmt.Sprintf("\n| %d | ", row.code)) {
			t.Errorf("exit code %d is not in docs/operations.md", row.code)
		}
	}
}
