package backend

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skald-go/skald/internal/telemetry"
)

var errRefused = errors.New("connection refused")

func TestWaitTriesUntilItIsThereWithALineATry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		log, err := telemetry.NewLogger(&lines, telemetry.Text, "info")
		if err != nil {
			t.Fatal(err)
		}
		tries := 0
		got, err := Wait(t.Context(), log, "store S", time.Minute, func(context.Context) (string, error) {
			if tries++; tries < 4 {
				return "", errRefused
			}
			return "here", nil
		})
		if got != "here" || err != nil {
			t.Fatalf("Wait = %q, %v", got, err)
		}
		if n := strings.Count(lines.String(), `msg="waiting for store S"`); n != 3 {
			t.Errorf("want a line for each of 3 failed tries, got %d:\n%s", n, lines.String())
		}
		if !strings.Contains(lines.String(), "store S is there") || !strings.Contains(lines.String(), "connection refused") {
			t.Errorf("lines do not tell the story:\n%s", lines.String())
		}
	})
}

func TestWaitGivesUpAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		_, err := Wait(t.Context(), telemetry.Discard(), "broker B", 20*time.Second, func(context.Context) (int, error) {
			return 0, errRefused
		})
		if in := (*UnreachableError)(nil); !errors.As(err, &in) || !errors.Is(err, errRefused) {
			t.Fatalf("want an UnreachableError around the last try's, got %v", err)
		}
		if waited := time.Since(begun); waited != 20*time.Second {
			t.Errorf("waited %s", waited)
		}
		if !strings.Contains(err.Error(), "broker B is not reachable after 20s: connection refused; start it, or correct its URL") {
			t.Errorf("error: %v", err)
		}
	})
}

func TestWaitTriesAHangingServerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		_, err := Wait(t.Context(), telemetry.Discard(), "store S", time.Minute, func(ctx context.Context) (int, error) {
			if tries++; tries == 2 {
				return 1, nil
			}
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if err != nil || tries != 2 {
			t.Errorf("tries %d, err %v", tries, err)
		}
	})
}

func TestWaitDoesNotRepeatAWrongURL(t *testing.T) {
	tries := 0
	_, err := Wait(t.Context(), telemetry.Discard(), "store S", time.Minute, func(context.Context) (int, error) {
		tries++
		return 0, &AddressError{"wrong"}
	})
	if err == nil || tries != 1 {
		t.Errorf("tries %d, err %v", tries, err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Wait(ctx, telemetry.Discard(), "store S", time.Hour, func(context.Context) (int, error) { return 0, errRefused })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err: %v", err)
		}
	})
}
