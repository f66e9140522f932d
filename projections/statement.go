package projections

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/skald-go/skald/eventstore"
)

//go:embed query/*.sql
var queryFiles embed.FS

// statement is the text of a file in query/. The files are part of the binary: a missing one is a fault of the build.
func statement(name string) string {
	text, err := queryFiles.ReadFile("query/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(text))
}

// The statements, each valid as it stands in both dialects unless its file says otherwise.
var (
	sqlUpsertSagaStatus   = newRepeated("upsert_saga_status")
	sqlUpsertSagaSteps    = newRepeated("upsert_saga_steps")
	sqlUpsertCorrelations = newRepeated("upsert_correlations")
	sqlInsertCheckpoint   = newRepeated("insert_checkpoint")
	sqlSaveCheckpoint     = newRepeated("save_checkpoint")
	sqlInsertParked       = newRepeated("insert_parked")

	sqlCheckpoints       = statement("checkpoints")
	sqlLockCheckpoints   = statement("lock_checkpoints")
	sqlDeleteCheckpoints = statement("delete_checkpoints")
	sqlRebuildsOf        = statement("rebuilds_of")
	sqlParked            = statement("parked")
	sqlDeleteParked      = statement("delete_parked")
	sqlDeleteAllParked   = statement("delete_all_parked")
	sqlRenameParked      = statement("rename_parked")
	sqlSagas             = statement("sagas")
	sqlSteps             = statement("steps")
	sqlConversation      = statement("conversation")

	sqlWrongConversations = statement("wrong_conversations")
)

// repeated is a statement with one list of parameters, ($1, $2 …), that can be repeated: a row to insert, or the members of
// an IN.
type repeated struct {
	before, after string
	width         int
	rows          bool // the repetition is of whole rows, (…), (…), and not of members within one pair of brackets
	bySize        map[int]string
}

var parameters = regexp.MustCompile(`\(\$1(?:, \$\d+)*\)`)

func newRepeated(name string) *repeated {
	text := statement(name)
	at := parameters.FindStringIndex(text)
	if at == nil {
		panic("query/" + name + ".sql has no list of parameters")
	}
	l := &repeated{
		before: text[:at[0]],
		after:  text[at[1]:],
		width:  strings.Count(text[at[0]:at[1]], "$"),
		rows:   strings.HasSuffix(strings.TrimSpace(text[:at[0]]), "VALUES"),
		bySize: make(map[int]string),
	}
	for _, size := range postgresSizes {
		l.bySize[size] = l.text(size)
	}
	return l
}

// postgresSizes are the numbers of rows that go into one statement, greatest first. Every statement costs a round trip;
// there are few sizes, so that each stays prepared on its connection.
var postgresSizes = []int{256, 64, 16, 4, 1}

// text is the statement for a number of rows.
func (l *repeated) text(size int) string {
	var b strings.Builder
	b.WriteString(l.before)
	number := 0
	for row := range size {
		switch {
		case row == 0:
			b.WriteByte('(')
		case l.rows:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		for column := range l.width {
			number++
			if column > 0 {
				b.WriteString(", ")
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(number))
		}
	}
	b.WriteByte(')')
	b.WriteString(l.after)
	return b.String()
}

// exec runs the statement over all rows, in as few statements as the dialect likes. rows are laid end to end.
func (l *repeated) exec(ctx context.Context, tx *Tx, rows []any) error {
	if tx.dialect == eventstore.SQLite {
		return l.execEach(ctx, tx, rows)
	}
	for _, size := range postgresSizes {
		for count := size * l.width; len(rows) >= count; rows = rows[count:] {
			if _, err := tx.Exec(ctx, l.bySize[size], rows[:count]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// execEach runs the statement for one row after another. On SQLite that is no slower: there is no round trip to save.
func (l *repeated) execEach(ctx context.Context, tx *Tx, rows []any) (err error) {
	if len(rows) == 0 {
		return nil
	}
	prepared, err := tx.conn.PrepareContext(ctx, tx.rename(l.bySize[1]))
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer func() { err = errors.Join(err, prepared.Close()) }()
	for ; len(rows) > 0; rows = rows[l.width:] {
		if _, err := prepared.ExecContext(ctx, rows[:l.width]...); err != nil {
			return err
		}
	}
	return nil
}
