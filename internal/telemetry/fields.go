package telemetry

// The names of the fields of a log line. Every name that Skald logs stands here, so that a dashboard or an alert can be
// written from this file alone.
const (
	FieldCorrelationID = "correlation_id" // the conversation
	FieldSagaID        = "saga_id"        // one saga, a UUID
	FieldStep          = "step"           // a step's name
	FieldDefinition    = "definition"     // name and version, such as "mission/1"
	FieldLane          = "lane"           // part of the log
	FieldOffset        = "offset"         // place within a lane
	FieldEventType     = "event_type"     // of a message
	FieldStream        = "stream"         // of a message
	FieldEntryID       = "entry_id"       // of a message
	FieldRequestID     = "request_id"     // one attempt of one step
	FieldTraceID       = "trace_id"       // W3C, 32 hex digits
	FieldError         = "error"          // why something did not work
	FieldStore         = "store"          // URL without secrets
	FieldBroker        = "broker"         // URL without secrets
	FieldAddress       = "address"        // where the server listens
	FieldAttempt       = "attempt"        // of a try, from 1
	FieldWait          = "wait"           // until the next try
	FieldMethod        = "method"         // of an HTTP request
	FieldPath          = "path"           // of an HTTP request
	FieldStatus        = "status"         // of an HTTP response, or of a saga
	FieldElapsed       = "elapsed"        // how long it took
	FieldCount         = "count"          // how many
	FieldDeadline      = "deadline"       // how long something may still take
	FieldProjection    = "projection"     // a projection's name
)
