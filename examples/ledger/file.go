package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrInUse is returned by Open when another process holds the file.
var ErrInUse = errors.New("another process holds this ledger; give each participant a file of its own")

// Open reads the ledger in the named file, one JSON document a line, and keeps it open for appending; the file is made
// when it does not exist. Half a line at the end is what a crash left of an entry that nobody has been told about; it
// is cut off. Close it after use.
func Open(path string) (*Ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	l := InMemory()
	if err := l.load(file); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger %s: %w", path, err), file.Close())
	}
	l.file = file
	return l, nil
}

func (l *Ledger) load(file *os.File) error {
	if err := lock(file); err != nil {
		return err
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(content, '\n') + 1
	if err := file.Truncate(int64(whole)); err != nil {
		return err
	}
	if _, err := file.Seek(int64(whole), io.SeekStart); err != nil {
		return err
	}
	for number, line := range bytes.Split(bytes.TrimSuffix(content[:whole], []byte("\n")), []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("line %d: %w", number+1, err)
		}
		l.remember(e)
	}
	return syncFolder(filepath.Dir(file.Name()))
}

// appendLine writes the entry and waits until it is on the disk.
func appendLine(file *os.File, e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding a ledger entry: %w", err)
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("writing the ledger to disk: %w", err)
	}
	return nil
}

// syncFolder makes a newly made file's name durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
