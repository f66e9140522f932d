package testenv

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(diesVariable) != "" {
		ready.Store(true)
		startAndDie()
	}
	Main(m)
}
