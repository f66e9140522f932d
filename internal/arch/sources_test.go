package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/skald-go/skald"

// source is one Go file of the module.
type source struct {
	path    string // from the module's root, with slashes
	syntax  *ast.File
	imports []string
}

// folder is the package's place in the module, "." for its root.
func (s source) folder() string { return path.Dir(s.path) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// within reports whether the file lies in the folder or below it.
func (s source) within(folder string) bool { return isWithin(s.folder(), folder) }

func isWithin(place, folder string) bool {
	return place == folder || strings.HasPrefix(place, folder+"/")
}

// inModule is the place in the module that an import names, and whether it names one.
func inModule(imported string) (string, bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// sources parses every Go file of the module, and says where each node stands.
func sources(t *testing.T) ([]source, *token.FileSet) {
	t.Helper()
	root := filepath.Join("..", "..")
	positions := token.NewFileSet()
	var all []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "testdata" || file != root && isOtherModule(file) || strings.HasPrefix(entry.Name(), ".") && file != root {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		s, err := parse(positions, root, file)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found %d Go files: this looks in the wrong place", len(all))
	}
	return all, positions
}

func isOtherModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func parse(positions *token.FileSet, root, file string) (source, error) {
	place, err := filepath.Rel(root, file)
	if err != nil {
		return source{}, err
	}
	syntax, err := parser.ParseFile(positions, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	s := source{path: filepath.ToSlash(place), syntax: syntax}
	for _, i := range syntax.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported)
	}
	return s, nil
}
