package participant

import (
	"errors"
	"fmt"
	"sort"

	"github.com/skald-go/skald/domain"
)

// source is what one subscription reads.
type source struct{ stream, group string }

func (s source) String() string { return s.group + " on " + s.stream }

// desk is the handlers of one source, by event type.
type desk struct {
	source      source
	handlers    map[string]Handler
	concurrency int
}

// desksOf sorts handlers by what they read, and names every fault.
func desksOf(handlers []Handler) ([]*desk, error) {
	if len(handlers) == 0 {
		return nil, errors.New("participant has no handlers; give Run at least one, made by Handle")
	}
	bySource := map[source]*desk{}
	var desks []*desk
	var faults []error
	for _, h := range handlers {
		if err := h.check(); err != nil {
			faults = append(faults, err)
			continue
		}
		at := source{h.Stream, h.Group}
		d, ok := bySource[at]
		if !ok {
			d = &desk{source: at, handlers: map[string]Handler{}}
			bySource[at] = d
			desks = append(desks, d)
		}
		if _, taken := d.handlers[h.EventType]; taken {
			faults = append(faults, fmt.Errorf("two handlers for %s in group %s", h.EventType, at))
		}
		d.handlers[h.EventType] = h
		d.concurrency = max(d.concurrency, h.Concurrency)
	}
	return desks, errors.Join(faults...)
}

func (h Handler) check() error {
	switch {
	case h.call == nil:
		return fmt.Errorf("handler %q was not made by Handle", h.EventType)
	case h.EventType == "":
		return errors.New("a handler has no event type")
	case h.Stream == "" || h.Group == "":
		return fmt.Errorf("handler %s needs a stream and a group", h.EventType)
	case len(h.Stream) > domain.MaxFieldLength || len(h.Group) > domain.MaxFieldLength:
		return fmt.Errorf("handler %s: stream and group may be %d bytes long", h.EventType, domain.MaxFieldLength)
	}
	return nil
}

// eventTypes are those of the desk, sorted, for the log.
func (d *desk) eventTypes() []string {
	types := make([]string, 0, len(d.handlers))
	for eventType := range d.handlers {
		types = append(types, eventType)
	}
	sort.Strings(types)
	return types
}
