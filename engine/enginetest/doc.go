// Package enginetest helps to test what runs sagas: participants that follow a script, an event store that fails when it
// is told to, and checks of what a store holds afterwards.
package enginetest
