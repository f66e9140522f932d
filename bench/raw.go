package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The yardstick: what this Postgres does when nothing but batched appends is asked of it. A "limit saga" is 8 events of
// 300 bytes in 4 transactions, each shared by 256 sagas, on one connection, without messaging, states or versions.
const (
	rawTurns         = 4
	rawEventsPerTurn = 2
	rawShared        = 256
	rawPayload       = 300
)

// rawLimit appends limit sagas for the given time and returns how many a second were done.
func rawLimit(ctx context.Context, url string, d time.Duration) (sagasPerSecond float64, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("raw append loop: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	const create = `drop table if exists raw_events;
		create table raw_events (lane int, pos bigint, saga bigint, version int, data json, at timestamptz default now(), primary key (lane, pos), unique (lane, saga, version))`
	if _, err := conn.Exec(ctx, create); err != nil {
		return 0, fmt.Errorf("raw append loop: %w", err)
	}
	batch := newRawBatch()
	begin, sagas := time.Now(), 0
	for time.Since(begin) < d {
		for turn := range rawTurns {
			batch.next(turn)
			const insert = `insert into raw_events (lane, pos, saga, version, data)
				select 0, unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::int[]), unnest($4::text[])::json`
			if _, err := conn.Exec(ctx, insert, batch.pos, batch.saga, batch.version, batch.data); err != nil {
				return 0, fmt.Errorf("raw append loop: %w", err)
			}
		}
		batch.firstSaga += rawShared
		sagas += rawShared
	}
	return float64(sagas) / time.Since(begin).Seconds(), nil
}

// rawBatch holds the columns of one shared transaction.
type rawBatch struct {
	firstSaga, lastPos int64
	pos, saga          []int64
	version            []int32
	data               []string
}

func newRawBatch() *rawBatch {
	const n = rawShared * rawEventsPerTurn
	b := &rawBatch{pos: make([]int64, n), saga: make([]int64, n), version: make([]int32, n), data: make([]string, n)}
	text := make([]byte, rawPayload-len(`{"text":""}`))
	for i := range text {
		text[i] = 'x'
	}
	for i := range b.data {
		b.data[i] = `{"text":"` + string(text) + `"}`
	}
	return b
}

func (b *rawBatch) next(turn int) {
	for i := range b.pos {
		b.lastPos++
		b.pos[i] = b.lastPos
		b.saga[i] = b.firstSaga + int64(i/rawEventsPerTurn)
		b.version[i] = int32(turn*rawEventsPerTurn + i%rawEventsPerTurn + 1)
	}
}
