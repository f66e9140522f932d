package domain

// nearest is the word that somebody probably meant who wrote text, or "" when none is near.
func nearest(text string, words []string) string {
	best, bestDistance := "", min(len(text)/3, 3)+1
	for _, word := range words {
		if d := distance(text, word, bestDistance); d < bestDistance && word != "" {
			best, bestDistance = word, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove or replace to make b of a; limit when it is at least that.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}
