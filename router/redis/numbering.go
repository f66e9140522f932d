package redis

import "strconv"

// numbering tells the consumers of one process apart within a group. The lowest free number is taken, so that the
// names are the same after every start, and a consumer finds what its predecessor left.
type numbering map[int]struct{}

func (b *Broker) takeConsumer(at source) (name string, number int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken, ok := b.numbers[at]
	if !ok {
		taken = numbering{}
		b.numbers[at] = taken
	}
	for {
		if _, is := taken[number]; !is {
			break
		}
		number++
	}
	taken[number] = struct{}{}
	return b.options.Consumer + "-" + strconv.Itoa(number), number
}

func (b *Broker) releaseConsumer(at source, number int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.numbers[at], number)
	if len(b.numbers[at]) == 0 {
		delete(b.numbers, at)
	}
}
