package router

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skald-go/skald/domain"
)

// startDesk is one group of one start stream: which event types it starts, and what it does with the others.
type startDesk struct {
	stream, group string
	// starts maps the event type to the name of the definition.
	starts map[string]string
	// known are the event types on the stream that are somebody else's: another group's starts, steps' commands. They
	// are skipped.
	known map[string]bool
	// custodian is set for one desk of each stream: it answers for entries that nobody knows.
	custodian bool
}

// startDesksOf sorts definitions by what they listen to, in a fixed order. The error names definitions that cannot
// listen side by side.
func startDesksOf(definitions []domain.Definition) ([]*startDesk, error) {
	var desks []*startDesk
	var faults []error
	newest := newestOf(definitions)
	for _, def := range newest {
		if def.Start == nil {
			continue
		}
		d := deskFor(&desks, def.Start.Stream, groupOf(def))
		if other, taken := d.starts[def.Start.EventType]; taken {
			faults = append(faults, fmt.Errorf("the definitions %s and %s both start on %s of %s in the group %s; give one of them a group of its own",
				other, def.Name, def.Start.EventType, d.stream, d.group))
			continue
		}
		d.starts[def.Start.EventType] = def.Name
	}
	slices.SortFunc(desks, func(a, b *startDesk) int {
		return strings.Compare(a.stream+"\x00"+a.group, b.stream+"\x00"+b.group)
	})
	for i, d := range desks {
		d.custodian = i == 0 || desks[i-1].stream != d.stream
		d.known = eventTypesOn(d.stream, newest)
	}
	return desks, errors.Join(faults...)
}

func deskFor(desks *[]*startDesk, stream, group string) *startDesk {
	for _, d := range *desks {
		if d.stream == stream && d.group == group {
			return d
		}
	}
	d := &startDesk{stream: stream, group: group, starts: map[string]string{}}
	*desks = append(*desks, d)
	return d
}

// newestOf keeps one version of each name, ordered by name.
func newestOf(definitions []domain.Definition) []domain.Definition {
	newest := map[string]domain.Definition{}
	for _, def := range definitions {
		if has, ok := newest[def.Name]; !ok || has.Version < def.Version {
			newest[def.Name] = def
		}
	}
	ordered := make([]domain.Definition, 0, len(newest))
	for _, name := range slices.Sorted(maps.Keys(newest)) {
		ordered = append(ordered, newest[name])
	}
	return ordered
}

func groupOf(def domain.Definition) string {
	if def.Start.Group != "" {
		return def.Start.Group
	}
	return def.Name + "_orchestrator_group"
}

// eventTypesOn are all event types that some definition sends to the stream or starts from it.
func eventTypesOn(stream string, definitions []domain.Definition) map[string]bool {
	known := map[string]bool{}
	for _, def := range definitions {
		if def.Start != nil && def.Start.Stream == stream {
			known[def.Start.EventType] = true
		}
		for i := range def.Steps {
			for _, target := range []*domain.Target{&def.Steps[i].Command, def.Steps[i].Compensate} {
				if target != nil && target.Stream == stream {
					known[target.EventType] = true
				}
			}
		}
	}
	return known
}

// whose tells what to do with an event type: start the named definition, skip it (""), or, with an error, set it aside.
func (d *startDesk) whose(eventType string) (definition string, err error) {
	if definition, ok := d.starts[eventType]; ok {
		return definition, nil
	}
	if d.known[eventType] || !d.custodian {
		return "", nil
	}
	if eventType == "" {
		return "", fmt.Errorf("the entry has no event_type, so nobody knows what it starts; send one of: %s", d.startable())
	}
	return "", fmt.Errorf("no definition starts on event_type %q of %s; send one of: %s", eventType, d.stream, d.startable())
}

func (d *startDesk) startable() string {
	return strings.Join(slices.Sorted(maps.Keys(d.starts)), ", ")
}
