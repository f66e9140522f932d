package domain

// nearest is the word that somebody probably meant who wrote text, or "" when none is near.
func nearest(text string, words []string) string {
	if len(text) > MaxNameLength {
		return ""
	}
	best, bestDistance := "", min(len(text)/3, 3)+1
	for _, word := range words {
		if len(word) > MaxNameLength || word == "" {
			continue
		}
		if d := distance(text, word); d < bestDistance {
			best, bestDistance = word, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove, replace or swap with their neighbour to make b of a.
func distance(a, b string) int {
	// table[i][j] is the distance of the first i letters of a from the first j of b.
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		table[i][0] = i
	}
	for j := range table[0] {
		table[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := table[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			table[i][j] = min(replaced, table[i-1][j]+1, table[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				table[i][j] = min(table[i][j], table[i-2][j-2]+1)
			}
		}
	}
	return table[len(a)][len(b)]
}
