package eventstoretest

import (
	"errors"
	"reflect"
	"testing"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

var definitionCases = []testCase{
	{"what is published is returned", func(t *testing.T, store eventstore.Store) {
		want := published("order", 1, "sha256:aa")
		putDefinition(t, store, want)
		got, err := store.Definition(t.Context(), "order", 1)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Definition: %+v, %v; want %+v", got, err, want)
		}
	}},
	{"version 0 is the newest", func(t *testing.T, store eventstore.Store) {
		for _, version := range []int{2, 10, 9} {
			putDefinition(t, store, published("order", version, "sha256:aa"))
		}
		got, err := store.Definition(t.Context(), "order", 0)
		if err != nil || got.Ref.Version != 10 {
			t.Errorf("Definition: version %d, %v; want 10", got.Ref.Version, err)
		}
	}},
	{"publishing the same again does nothing", func(t *testing.T, store eventstore.Store) {
		want := published("order", 1, "sha256:aa")
		putDefinition(t, store, want)
		again := want
		again.PublishedAt = Epoch.AddDate(1, 0, 0)
		putDefinition(t, store, again)
		if got, err := store.Definition(t.Context(), "order", 1); err != nil || !got.PublishedAt.Equal(want.PublishedAt) {
			t.Errorf("Definition: %+v, %v; want %+v", got, err, want)
		}
	}},
	{"a published version is never changed", func(t *testing.T, store eventstore.Store) {
		putDefinition(t, store, published("order", 1, "sha256:aa"))
		err := store.PutDefinition(t.Context(), published("order", 1, "sha256:bb"))
		if !errors.Is(err, eventstore.ErrDefinitionChanged) {
			t.Errorf("PutDefinition: %v, want ErrDefinitionChanged", err)
		}
		if got, err := store.Definition(t.Context(), "order", 1); err != nil || got.Ref.Digest != "sha256:aa" {
			t.Errorf("Definition: %+v, %v; want the first", got, err)
		}
	}},
	{"an unknown name or version is ErrNoDefinition", func(t *testing.T, store eventstore.Store) {
		putDefinition(t, store, published("order", 1, "sha256:aa"))
		for _, ask := range []domain.DefinitionRef{{Name: "order", Version: 2}, {Name: "other", Version: 1}, {Name: "other"}} {
			if _, err := store.Definition(t.Context(), ask.Name, ask.Version); !errors.Is(err, eventstore.ErrNoDefinition) {
				t.Errorf("Definition %s %d: %v, want ErrNoDefinition", ask.Name, ask.Version, err)
			}
		}
	}},
	{"all are listed by name and version", func(t *testing.T, store eventstore.Store) {
		want := []domain.DefinitionRef{
			{Name: "Zeta", Version: 1, Digest: "d"}, {Name: "mission", Version: 2, Digest: "d"},
			{Name: "mission", Version: 11, Digest: "d"}, {Name: "order_x", Version: 1, Digest: "d"}, {Name: "orders", Version: 1, Digest: "d"},
		}
		for _, i := range []int{3, 2, 0, 4, 1} {
			putDefinition(t, store, published(want[i].Name, want[i].Version, want[i].Digest))
		}
		all, err := store.Definitions(t.Context())
		if err != nil {
			t.Fatalf("Definitions: %v", err)
		}
		var got []domain.DefinitionRef
		for _, d := range all {
			got = append(got, d.Ref)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Definitions: %v, want %v", got, want)
		}
	}},
	{"of publishers at once one wins", func(t *testing.T, store eventstore.Store) {
		digests := []string{"sha256:aa", "sha256:bb", "sha256:cc", "sha256:dd"}
		refusals := make([]error, len(digests))
		concurrently(t, len(digests), func(i int) error {
			err := store.PutDefinition(t.Context(), published("order", 1, digests[i]))
			if errors.Is(err, eventstore.ErrDefinitionChanged) {
				refusals[i] = err
				return nil
			}
			return err
		})
		got, err := store.Definition(t.Context(), "order", 1)
		if err != nil {
			t.Fatalf("Definition: %v", err)
		}
		for i, digest := range digests {
			if won := got.Ref.Digest == digest; won == (refusals[i] != nil) {
				t.Errorf("digest %s: refusal %v, published is %s", digest, refusals[i], got.Ref.Digest)
			}
		}
	}},
}

func published(name string, version int, digest string) eventstore.StoredDefinition {
	return eventstore.StoredDefinition{
		Ref:         domain.DefinitionRef{Name: name, Version: version, Digest: digest},
		Document:    []byte(`{"name": "` + name + `",  "steps":[]}`),
		PublishedAt: Epoch,
	}
}

func putDefinition(t testing.TB, store eventstore.Store, d eventstore.StoredDefinition) {
	t.Helper()
	if err := store.PutDefinition(t.Context(), d); err != nil {
		t.Fatalf("PutDefinition: %v", err)
	}
}
