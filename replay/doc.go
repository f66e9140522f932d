// Package replay tells what happened, from history alone. No projection is asked, no participant, and not the
// definition: an event carries all that is told about it.
//
//	Recite   every saga of a conversation, event by event, with the state after each, up to any version or moment
//	Verify   folds a whole store and compares it with everything that claims to follow from it
package replay
