package router

import "github.com/ThreeDotsLabs/watermill/message"

// EnsureGroup creates the stream and the subscriber's group on it, where they are missing. Whoever reads one stream in
// several groups creates all of them before the first one reads: a broker may drop an entry that every group is done
// with, and a group that does not exist yet is not waited for.
func EnsureGroup(subscriber message.Subscriber, stream string) error {
	if s, ok := subscriber.(message.SubscribeInitializer); ok {
		return s.SubscribeInitialize(stream)
	}
	return nil
}
