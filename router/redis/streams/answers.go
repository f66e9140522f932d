package streams

// What Redis answers, as lists of lists. An answer of another shape than documented yields nothing.

// entriesOfRead reads the answer to XREADGROUP of one stream: [[stream, [entry, …]]].
func entriesOfRead(answer []any) []*entry {
	if len(answer) == 0 {
		return nil
	}
	stream, _ := answer[0].([]any)
	if len(stream) < 2 {
		return nil
	}
	list, _ := stream[1].([]any)
	return entriesOf(list)
}

// entriesOfClaim reads the answer to XAUTOCLAIM: [cursor, [entry, …], …]. Redis 6.2 has nil for an entry that was
// removed from the stream, and keeps its id to itself; these are counted.
func entriesOfClaim(answer []any) (cursor string, entries []*entry, unnamed int) {
	if len(answer) < 2 {
		return begin, nil, 0
	}
	cursor, _ = answer[0].(string)
	list, _ := answer[1].([]any)
	entries = entriesOf(list)
	return cursor, entries, len(list) - len(entries)
}

// entriesOf reads entries: [id, [name, value, …]], where nil stands for the fields of one that was removed.
func entriesOf(list []any) []*entry {
	entries := make([]*entry, 0, len(list))
	memory := make([]entry, len(list))
	for i, one := range list {
		pair, _ := one.([]any)
		if len(pair) < 2 {
			continue
		}
		e := &memory[i]
		e.id, _ = pair[0].(string)
		e.values, _ = pair[1].([]any)
		entries = append(entries, e)
	}
	return entries
}

// deliveriesOf reads the answer to XPENDING with a range: [[id, consumer, idle, deliveries], …].
func deliveriesOf(answer []any) map[string]int {
	counts := make(map[string]int, len(answer))
	for _, one := range answer {
		if row, _ := one.([]any); len(row) >= 4 {
			id, _ := row[0].(string)
			n, _ := row[3].(int64)
			counts[id] = int(n)
		}
	}
	return counts
}
