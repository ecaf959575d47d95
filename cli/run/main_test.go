package run

import (
	"os"
	"testing"

	"github.com/tacit-vault/tacit/store/longtest"
)

func TestMain(m *testing.M) {
	longtest.Choose()
	os.Exit(m.Run())
}
