package router

import (
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/router/wire"
)

// Origin says where a message came from.
type Origin = wire.Origin

// EnvelopeOf reads a message's protocol fields; unknown fields are ignored. The error is a reason that a person
// understands: no redelivery will make the message readable.
func EnvelopeOf(m *message.Message) (domain.Envelope, error) { return wire.EnvelopeOf(m) }

// MessageOf is the message that carries e; its topic is e.Stream.
func MessageOf(e domain.Envelope) *message.Message { return wire.MessageOf(e) }

// OriginOf says where the broker found the message.
func OriginOf(m *message.Message) Origin { return wire.OriginOf(m) }
