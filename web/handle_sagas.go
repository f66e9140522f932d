package web

import (
	"context"
	"net/http"
	"time"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/internal/telemetry"
	"github.com/skald-go/skald/web/api"
)

// KeyHeader may carry a start's key instead of its body.
const KeyHeader = "Idempotency-Key"

func (s *Server) startSaga(w http.ResponseWriter, r *http.Request) error {
	var start api.Start
	if err := read(r, &start); err != nil {
		return err
	}
	if header := r.Header.Get(KeyHeader); header != "" {
		if start.Key != "" && start.Key != header {
			return invalid("the key in the body and the header "+KeyHeader+" differ", "give one of them")
		}
		start.Key = header
	}
	started, err := s.config.Service.Start(telemetry.WithCorrelationID(r.Context(), start.CorrelationID), start)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if started.Existed {
		status = http.StatusOK
	}
	w.Header().Set("Location", api.Prefix+"/sagas/"+started.SagaID.String())
	answer(w, status, started)
	return nil
}

func (s *Server) listSagas(w http.ResponseWriter, r *http.Request) error {
	q, err := sagaQuery(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if q.Wait != nil {
		var cancel context.CancelFunc
		ctx, cancel = s.waiting(ctx, max(s.config.Timeout-answerMargin, 0))
		defer cancel()
	}
	page, err := s.config.Service.Sagas(ctx, q)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, page)
	return nil
}

// getSaga answers at once, or with ?until=settled once the saga has ended or is stuck, ?timeout= at the latest.
func (s *Server) getSaga(w http.ResponseWriter, r *http.Request) error {
	id, err := sagaID(r)
	if err != nil {
		return err
	}
	ctx := telemetry.WithSaga(r.Context(), id.String())
	var saga api.Saga
	switch until := r.URL.Query().Get("until"); until {
	case "":
		saga, err = s.config.Service.Saga(ctx, id)
	case "settled":
		saga, err = s.await(ctx, r, id)
	default:
		err = invalid("until="+until+" is unknown", "the only value is until=settled")
	}
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, saga)
	return nil
}

// answerMargin is the part of a request's time that is kept for its answer.
const answerMargin = time.Second

func (s *Server) await(ctx context.Context, r *http.Request, id domain.SagaID) (api.Saga, error) {
	wait := s.config.Timeout - answerMargin
	if text := r.URL.Query().Get("timeout"); text != "" {
		asked, err := time.ParseDuration(text)
		if err != nil || asked < 0 {
			return api.Saga{}, invalid("timeout="+text+" is not a duration", "write timeout=20s")
		}
		wait = min(wait, asked)
	}
	ctx, cancel := s.waiting(ctx, max(wait, 0))
	defer cancel()
	return s.config.Service.Await(ctx, id)
}

func (s *Server) getHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := sagaID(r)
	if err != nil {
		return err
	}
	history, err := s.config.Service.History(telemetry.WithSaga(r.Context(), id.String()), id)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, history)
	return nil
}

func sagaID(r *http.Request) (domain.SagaID, error) { return domain.ParseSagaID(r.PathValue("id")) }
