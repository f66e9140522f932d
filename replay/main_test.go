package replay_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/skald-go/skald/internal/testenv"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew; review the difference")

func TestMain(m *testing.M) { testenv.Main(m) }

// golden compares what write writes with a file in testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s differs (go test ./replay -update writes it anew)\n--- got\n%s\n--- want\n%s", path, got.Bytes(), want)
	}
}
