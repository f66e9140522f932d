package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/skald-go/skald/domain"
)

func (s *Server) listDefinitions(w http.ResponseWriter, r *http.Request) error {
	all, err := s.config.Service.Definitions(r.Context())
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, all)
	return nil
}

func (s *Server) getDefinition(w http.ResponseWriter, r *http.Request) error {
	version, err := definitionVersion(r)
	if err != nil {
		return err
	}
	d, err := s.config.Service.Definition(r.Context(), r.PathValue("name"), version)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, d)
	return nil
}

func (s *Server) putDefinition(w http.ResponseWriter, r *http.Request) error {
	version, err := definitionVersion(r)
	if err != nil {
		return err
	}
	text, err := bodyOf(r)
	if err != nil {
		return err
	}
	d, err := domain.ParseDefinition(text)
	if err != nil {
		return err
	}
	if d.Name != r.PathValue("name") || d.Version != version {
		return invalid(fmt.Sprintf("the path names %s/%d and the document %s/%d", r.PathValue("name"), version, d.Name, d.Version),
			"make them agree")
	}
	published, err := s.config.Service.PutDefinition(r.Context(), d)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, published)
	return nil
}

// definitionVersion is the version in the path; 0, the newest, when there is none.
func definitionVersion(r *http.Request) (int, error) {
	text := r.PathValue("version")
	if text == "" {
		return 0, nil
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 {
		return 0, invalid(fmt.Sprintf("%q is not the version of a definition", text), "versions are 1, 2, 3 …")
	}
	return version, nil
}
