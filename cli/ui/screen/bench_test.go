package screen

import (
	"fmt"
	"testing"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

func BenchmarkLetter(b *testing.B) {
	rows := make([]wire.Row, 100_000)
	for i := range rows {
		rows[i] = wire.Row{Name: fmt.Sprintf("SERVICE_%05d_DB_PASSWORD", i), Version: 1, Changed: noon.Unix(), Size: 20, Kind: "text"}
	}
	s := of(rows)
	for b.Loop() {
		s.Press("d")
		_ = s.Frame()
		s.Press("esc")
	}
}
