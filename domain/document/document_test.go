package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/domain/document"
)

// -update writes what the tests find as the expected faults; review the difference before you commit it.
var update = flag.Bool("update", false, "rewrite the expected faults under testdata/definitions/faulty")

const definitions = "../../testdata/definitions"

// The expected faults of faulty/NAME.yaml stand in NAME.txt. Its first line says what the JSON Schema makes of the
// document: it "rejects" it, it "accepts" it because it cannot say what is wrong, or there is "nothing to read".
func TestEveryFaultIsReported(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	cases := 0
	for _, path := range files(t, definitions+"/faulty/*") {
		if filepath.Ext(path) == ".txt" {
			continue
		}
		cases++
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			_, err := document.Load(path)
			var wrong *document.Error
			if !errors.As(err, &wrong) {
				t.Fatalf("error is %v, want *document.Error", err)
			}
			wrong.Name = filepath.Base(path)
			got := "schema: " + verdict(t, schema, path) + "\n" + wrong.Error() + "\n"
			golden := strings.TrimSuffix(path, filepath.Ext(path)) + filepath.Ext(path) + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); got != string(want) {
				t.Errorf("faults are\n%s\nwant\n%s", got, want)
			}
		})
	}
	if cases < 25 {
		t.Errorf("found %d faulty definitions, want at least 25: has the folder moved?", cases)
	}
}

func TestSoundDefinitionsPassParserAndSchema(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	paths := files(t, definitions+"/*.yaml")
	if len(paths) < 2 {
		t.Fatalf("found %v, want mission.yaml and order.yaml at least", paths)
	}
	for _, path := range paths {
		d, err := document.Load(path)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if v := verdict(t, schema, path); v != "accepts" {
			t.Errorf("%s: the schema %s it", path, v)
		}
		canonical, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.Canonical()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(canonical); err != nil {
			t.Errorf("%s: the schema rejects the canonical form: %v", path, err)
		}
	}
}

func TestExamplesAreTheCopiesInTestdata(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mission", "order"} {
		example := read(t, filepath.Join("../../examples", name, name+".yaml"))
		if !bytes.Equal(example, read(t, filepath.Join(definitions, name+".yaml"))) {
			t.Errorf("testdata/definitions/%s.yaml differs from examples/%s/%s.yaml; copy the example over it", name, name, name)
		}
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(domain.DefinitionSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("definition.schema.json", source); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("definition.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// verdict is what the schema makes of a document as ordinary tools read it.
func verdict(t *testing.T, schema *jsonschema.Schema, path string) string {
	t.Helper()
	source := read(t, path)
	if filepath.Ext(path) != ".json" {
		var value any
		if yaml.Unmarshal(source, &value) != nil || value == nil {
			return "nothing to read"
		}
		var err error
		if source, err = json.Marshal(value); err != nil {
			return "nothing to read" // an infinite number
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		return "nothing to read"
	}
	if schema.Validate(value) != nil {
		return "rejects"
	}
	return "accepts"
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
