// Package engine is the shell around the pure core: it loads, folds, decides and appends, in batches over all lanes,
// sends what the events say is to be sent, and wakes sagas when something is due.
package engine
