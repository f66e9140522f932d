package web

import (
	"context"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/web/api"
)

// Conversation is all sagas of a correlation id in the order of their starts, folded from their histories.
func (s *Service) Conversation(ctx context.Context, correlationID string) (api.Conversation, error) {
	heads, err := s.Store.SagasByCorrelation(ctx, correlationID)
	if err != nil {
		return api.Conversation{}, problemOf(err)
	}
	if len(heads) == 0 {
		return api.Conversation{}, noConversation(correlationID)
	}
	ids := make([]domain.SagaID, len(heads))
	for i := range heads {
		ids[i] = heads[i].SagaID
	}
	histories, err := s.Store.ReadSagas(ctx, ids)
	if err != nil {
		return api.Conversation{}, problemOf(err)
	}
	all := api.Conversation{CorrelationID: correlationID}
	for i := range histories {
		saga, err := sagaOf(ids[i], histories[i])
		if err != nil {
			return api.Conversation{}, err
		}
		all.Sagas = append(all.Sagas, saga)
	}
	return all, nil
}

func noConversation(correlationID string) *api.Problem {
	return noSaga(fmt.Sprintf("there is no saga with correlation id %q", correlationID))
}
