package domain

// CheckStart says what keeps e from being a start; nil when nothing does. The error is a *RefusedError.
func (e Envelope) CheckStart() error {
	switch {
	case e.CorrelationID == "":
		return &RefusedError{Reason: "a start needs a correlation_id; send one, by which you will find the saga again"}
	case e.EventType == "":
		return &RefusedError{Reason: "a start needs an event_type; send the one that the definition's start names"}
	case e.Status != "":
		return &RefusedError{Reason: "the entry has a status, so it is a reply; a start stream takes starts only: is it somebody's reply_stream?"}
	}
	return e.refuseTooMuch()
}

// CheckReply says what keeps e from being a reply; nil when nothing does. The error is a *RefusedError.
func (e Envelope) CheckReply() error {
	switch {
	case e.SagaID == "":
		return &RefusedError{Reason: "a reply needs a saga_id; echo that of the command"}
	case e.Status == "":
		return &RefusedError{Reason: "a reply needs a status; send start, progress, completed or failed"}
	case e.RequestID == "" && e.EventType == "":
		return &RefusedError{Reason: "a reply needs a request_id or an event_type; echo those of the command"}
	}
	return e.refuseTooMuch()
}

// refuseTooMuch holds what comes into the history from outside to the bounds of CheckPayload; its form ParseFields knows.
func (e Envelope) refuseTooMuch() error {
	if err := checkBounds(e.Payload, MaxPayload, MaxPayloadDepth); err != nil {
		return &RefusedError{Reason: err.Error()}
	}
	return nil
}
