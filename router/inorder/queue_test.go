package inorder_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/skald-go/skald/router/inorder"
)

type item struct {
	key string
	n   int
}

func take(q *inorder.Queue[item]) []item {
	var all []item
	for {
		i, ok := q.Take()
		if !ok {
			return all
		}
		all = append(all, i)
	}
}

func TestOnlyTheFirstOfEachKeyGoes(t *testing.T) {
	var q inorder.Queue[item]
	for n, key := range []string{"a", "b", "a", "c", "b"} {
		q.Add(key, item{key, n})
	}
	if got, want := take(&q), []item{{"a", 0}, {"b", 1}, {"c", 3}}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	q.Done("b")
	q.Done("c")
	if got, want := take(&q), []item{{"b", 4}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhatIsPutBackGoesNextAndNothingOfItsKeyPassesIt(t *testing.T) {
	var q inorder.Queue[item]
	q.Add("a", item{"a", 0})
	q.Add("b", item{"b", 1})
	q.Add("a", item{"a", 2})
	first, _ := q.Take()
	q.PutBack(first)
	if got, want := take(&q), []item{{"a", 0}, {"b", 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryKeyKeepsItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q inorder.Queue[item]
		var out []item
		last := map[string]int{}
		added, done := 0, 0
		finish := func(i int) {
			it := out[i]
			if before, ok := last[it.key]; ok && before >= it.n {
				t.Fatalf("%v after %d", it, before)
			}
			last[it.key] = it.n
			out = slices.Delete(out, i, i+1)
			done++
			q.Done(it.key)
		}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				key := rapid.SampledFrom([]string{"a", "b", "c", ""}).Draw(t, "key")
				q.Add(key, item{key, added})
				added++
			case 1:
				if it, ok := q.Take(); ok {
					if slices.ContainsFunc(out, func(o item) bool { return o.key == it.key }) {
						t.Fatalf("two of %q at once", it.key)
					}
					out = append(out, it)
				}
			case 2:
				if len(out) > 0 {
					finish(rapid.IntRange(0, len(out)-1).Draw(t, "which"))
				}
			case 3:
				if len(out) > 0 {
					q.PutBack(out[len(out)-1])
					out = out[:len(out)-1]
				}
			}
		}
		for done < added {
			it, ok := q.Take()
			if ok {
				out = append(out, it)
				continue
			}
			if len(out) == 0 {
				t.Fatalf("%d of %d came out", done, added)
			}
			finish(0)
		}
	})
}
