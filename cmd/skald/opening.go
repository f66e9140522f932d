package main

import (
	"errors"
	"fmt"

	"github.com/skald-go/skald/domain"
	"github.com/skald-go/skald/eventstore"
)

// opening adds to an error of opening what can be done about it, where that is known.
func opening(err error) error {
	var faults domain.Faults
	switch {
	case errors.Is(err, eventstore.ErrDefinitionChanged):
		return &exitError{exitRefused, fmt.Errorf("%w (`skald definitions show NAME` shows what is published)", err)}
	case errors.As(err, &faults):
		return &exitError{exitFailed, err}
	}
	return err
}
