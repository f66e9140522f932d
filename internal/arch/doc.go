// Package arch holds the tests of the architecture: which package may import which, and what the domain must do without. They
// read the sources, so they need nothing built, and they see what the linters' rules in .golangci.yaml cannot.
package arch
