package arch

import (
	"slices"
	"strings"
	"testing"
)

// layers are the module's floors from the bottom up: cmd -> web -> router, projections, replay -> engine -> eventstore -> domain.
// A package imports its own floor and those below. Rooms of one floor are listed together, and know each other only where
// neighbours says so. What stands outside the house is in outside.
var layers = [][]string{
	{"domain"},
	{"eventstore"},
	{"engine"},
	{"projections", "replay", "router"},
	{"web"},
	{"."}, // the public face: it opens all of it for a program that embeds it
	{"cmd"},
}

// neighbours are the pairs of rooms of one floor where the first may import the second.
var neighbours = map[string][]string{
	"replay": {"projections"}, // verify compares both with the log
}

// outside names what is not on a floor, and the floors up to which each may look.
var outside = map[string]string{
	"internal/telemetry": "domain",
	"internal/config":    "domain",
	"internal/backend":   "router", // it turns URLs into drivers and brokers, and wires them
	"examples":           "router",
}

func TestImportsPointDown(t *testing.T) {
	all, _ := sources(t)
	for _, s := range all {
		if s.isTest() || s.isTestHelper() {
			continue // a test may start the whole house
		}
		from, ok := floorOf(s.folder())
		if !ok {
			continue
		}
		for _, imported := range s.imports {
			place, ours := inModule(imported)
			if !ours {
				continue
			}
			to, ok := floorOf(place)
			switch {
			case !ok:
				continue
			case to > from:
				t.Errorf("%s imports %s, which is above it", s.path, imported)
			case to == from && !mayMeet(room(s.folder()), room(place)):
				t.Errorf("%s imports %s: these two do not know each other", s.path, imported)
			}
		}
	}
}

func TestOnlyProgramsChooseDrivers(t *testing.T) {
	allowed := []string{"cmd", "internal/backend", "examples", "."}
	drivers := []string{"eventstore/memory", "eventstore/sqlite", "eventstore/postgres"}
	all, _ := sources(t)
	for _, s := range all {
		if s.isTest() || s.isTestHelper() || slices.ContainsFunc(allowed, s.within) {
			continue
		}
		for _, imported := range s.imports {
			place, ours := inModule(imported)
			if !ours {
				continue
			}
			for _, driver := range drivers {
				// A test is exempt above: the suite's own are made of several drivers.
				if isWithin(place, driver) && !s.within(driver) {
					t.Errorf("%s imports the driver %s: take the Store interface", s.path, driver)
				}
			}
		}
	}
}

func TestBrokersDoNotKnowEachOther(t *testing.T) {
	brokers := []string{"router/inproc", "router/redis"}
	all, _ := sources(t)
	for _, s := range all {
		if s.isTest() {
			continue
		}
		for _, from := range brokers {
			for _, to := range brokers {
				if from != to && s.within(from) && slices.Contains(s.imports, module+"/"+to) {
					t.Errorf("%s imports %s", s.path, to)
				}
			}
		}
	}
}

func TestTestCodeReachesNoBinary(t *testing.T) {
	testLibraries := []string{"testing", module + "/internal/testenv", "github.com/testcontainers", "go.uber.org/goleak", "pgregory.net/rapid"}
	all, _ := sources(t)
	for _, s := range all {
		if s.isTest() || s.isTestHelper() {
			continue
		}
		for _, imported := range s.imports {
			for _, library := range testLibraries {
				if isWithin(imported, library) {
					t.Errorf("%s imports %s", s.path, imported)
				}
			}
		}
	}
}

// isTestHelper reports whether the file is in a package for tests: one whose name ends in test, or the test environment.
func (s source) isTestHelper() bool {
	return strings.HasSuffix(s.folder(), "test") || s.within("internal/testenv")
}

// floorOf is the floor on which a folder is, and whether it is on one.
func floorOf(folder string) (int, bool) {
	for place, floor := range outside {
		if isWithin(folder, place) {
			return floorNumber(floor), true
		}
	}
	r := room(folder)
	n := floorNumber(r)
	return n, n >= 0
}

func floorNumber(room string) int {
	return slices.IndexFunc(layers, func(rooms []string) bool { return slices.Contains(rooms, room) })
}

// room is the top folder of a place, or the place outside the floors that it belongs to.
func room(folder string) string {
	for place := range outside {
		if isWithin(folder, place) {
			return place
		}
	}
	top, _, _ := strings.Cut(folder, "/")
	return top
}

func mayMeet(from, to string) bool {
	if from == to {
		return true
	}
	if _, ok := outside[from]; ok {
		return true
	}
	if _, ok := outside[to]; ok {
		return true
	}
	return slices.Contains(neighbours[from], to)
}
