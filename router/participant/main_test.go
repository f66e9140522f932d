package participant_test

import (
	"testing"

	"github.com/skald-go/skald/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
