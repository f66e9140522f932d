package domain

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a definition, and what to do about it.
type Fault struct {
	// Path says where: the fields from the root of the document, such as "steps[2].after[0]"; "" is the document itself.
	Path string `json:"path"`
	// Message says what is wrong and what would be right.
	Message string `json:"message"`
	// Line is the line of the document, from 1; 0 when there is none to name.
	Line int `json:"line,omitempty"`
}

func (f Fault) String() string {
	var text strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&text, "line %d: ", f.Line)
	}
	if f.Path != "" {
		text.WriteString(f.Path + ": ")
	}
	text.WriteString(f.Message)
	return text.String()
}

// Faults is everything that is wrong with a definition, in the order of the document. It is the error of
// ParseDefinition and of Builder.Build.
type Faults []Fault

// Error is one line for each fault.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Err is f as an error: nil when there is no fault.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

func (f *Faults) add(path, format string, args ...any) {
	*f = append(*f, Fault{Path: path, Message: fmt.Sprintf(format, args...)})
}

// addUnless adds a fault unless the last one is at the same path: what did not fit has been said.
func (f *Faults) addUnless(path, format string, args ...any) {
	if n := len(*f); n == 0 || (*f)[n-1].Path != path {
		f.add(path, format, args...)
	}
}
