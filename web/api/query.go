package api

import (
	"net/url"
	"strconv"
	"time"

	"github.com/skald-go/skald/domain"
)

// WaitLatest is the value of ?wait= for SagaQuery.Latest.
const WaitLatest = "latest"

// Limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 1000
)

// SagaQuery selects sagas for a list, newest first.
type SagaQuery struct {
	Status        domain.Status // "" for all
	Definition    string        // "" for all
	CorrelationID string        // "" for all
	Limit         int           // 0: DefaultLimit
	After         string        // Sagas.Next of the page before
	Wait          *Position     // answer once the list shows what stands there
	Latest        bool          // answer once the list shows all there is now, or after two seconds with what it has
}

// Values is the query as the API takes it.
func (q SagaQuery) Values() url.Values {
	v := url.Values{}
	put(v, "status", string(q.Status))
	put(v, "definition", q.Definition)
	put(v, "correlation_id", q.CorrelationID)
	put(v, "after", q.After)
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Wait != nil {
		v.Set("wait", q.Wait.String())
	} else if q.Latest {
		v.Set("wait", WaitLatest)
	}
	return v
}

// RecitalQuery bounds a recital.
type RecitalQuery struct {
	Format    string    // "text" (default) or "json"
	ToVersion uint64    // recite no event after this version; 0 for all
	At        time.Time // recite no event recorded after this moment; zero for all
}

// Values is the query as the API takes it.
func (q RecitalQuery) Values() url.Values {
	v := url.Values{}
	put(v, "format", q.Format)
	if q.ToVersion != 0 {
		v.Set("to_version", strconv.FormatUint(q.ToVersion, 10))
	}
	if !q.At.IsZero() {
		v.Set("at", q.At.UTC().Format(time.RFC3339Nano))
	}
	return v
}

func put(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}
