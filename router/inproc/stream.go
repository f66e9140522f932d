package inproc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/router/wire"
)

// entry is one message of a stream. It is never changed once it is in.
type entry struct {
	index    uint64 // place in the stream, from 0
	id       string
	key      string
	uuid     string
	metadata message.Metadata
	payload  message.Payload
}

// stream holds the entries that some group still needs, and the groups. mu guards everything in it and in its groups.
type stream struct {
	name    string
	options *Options

	mu        sync.Mutex
	entries   []*entry // entries[0] has the index first
	first     uint64
	groups    map[string]*group
	lastMilli int64
	lastSeq   uint64
	published time.Time // the last publish
	forgotten bool      // no longer in the broker's map: look it up again
}

func newStream(name string, options *Options) *stream {
	return &stream{name: name, options: options, groups: map[string]*group{}, published: options.Now()}
}

// end is the index that the next entry will have.
func (s *stream) end() uint64 { return s.first + uint64(len(s.entries)) }

func (s *stream) at(index uint64) *entry { return s.entries[index-s.first] }

// append adds messages in order; ok is false when the stream was forgotten meanwhile and nothing was added.
func (s *stream) append(messages []*message.Message) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgotten {
		return false
	}
	s.published = s.options.Now()
	for _, m := range messages {
		metadata := make(message.Metadata, len(m.Metadata)+4)
		for name, value := range m.Metadata {
			metadata[name] = value
		}
		s.entries = append(s.entries, &entry{
			index:    s.end(),
			id:       s.nextID(),
			key:      wire.Key(m),
			uuid:     m.UUID,
			metadata: metadata,
			payload:  append(message.Payload(nil), m.Payload...),
		})
	}
	s.trim()
	for _, g := range s.groups {
		g.wakeMembers()
	}
	return true
}

// group finds or makes a consumer group, which begins with the oldest entry held; nil when the stream was forgotten.
// The mutex must be held.
func (s *stream) group(name string) *group {
	if s.forgotten {
		return nil
	}
	g, ok := s.groups[name]
	if !ok {
		g = newGroup(name, s)
		s.groups[name] = g
	}
	return g
}

// join adds a member to a group; nil when the stream was forgotten.
func (s *stream) join(ctx context.Context, groupName string, inFlight int) *subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(groupName)
	if g == nil {
		return nil
	}
	member := newSubscription(ctx, g, inFlight)
	g.members[member] = struct{}{}
	return member
}

// nextID is an id as Redis makes it: it never goes back, whatever the clock does.
func (s *stream) nextID() string {
	if milli := s.published.UnixMilli(); milli > s.lastMilli {
		s.lastMilli, s.lastSeq = milli, 0
	} else {
		s.lastSeq++
	}
	return fmt.Sprintf("%d-%d", s.lastMilli, s.lastSeq)
}

// trim drops the entries that no group needs any more.
func (s *stream) trim() {
	oldest := s.end()
	if limit := uint64(s.options.Retain); len(s.groups) == 0 && oldest > limit {
		oldest -= limit
	} else if len(s.groups) == 0 {
		oldest = 0
	}
	for _, g := range s.groups {
		if len(g.members) == 0 {
			g.dropBacklog(s.options.Retain)
		}
		oldest = min(oldest, g.floor)
	}
	if oldest <= s.first {
		return
	}
	dropped := oldest - s.first
	clear(s.entries[:dropped]) // lets the collector have them before the slice moves
	s.entries = s.entries[dropped:]
	s.first = oldest
}

// forget marks the stream as gone when it has been idle since before the given moment.
func (s *stream) forget(idleSince time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.published.After(idleSince) {
		return false
	}
	for _, g := range s.groups {
		if len(g.members) > 0 {
			return false
		}
	}
	s.forgotten = true
	return true
}
