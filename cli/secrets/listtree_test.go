package secrets

import (
	"bufio"
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// listed is what ls prints of these.
func listed(t *testing.T, o lsOptions, infos []vault.Info) string {
	t.Helper()
	var out bytes.Buffer
	s := &frame.Session{App: frame.New(), Results: bufio.NewWriter(&out)}
	s.Out, s.Now = &out, func() time.Time { return noon }
	if terminal.IsTerminal(s.Err) {
		s.Err = &out
	}
	o.print(s, o.arrange(infos))
	s.Results.Flush()
	return "\n" + out.String()
}

var noon = time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)

func named(names ...string) (infos []vault.Info) {
	for i, name := range names {
		infos = append(infos, vault.Info{Name: name, Version: uint64(i + 1), Updated: noon.Add(-time.Duration(i+1) * time.Hour), Kind: "text", Size: int64(100 - i)})
	}
	return infos
}

// What names begin with in common is on a line of its own, as long as it can be; a name
// that is alone, or is itself what others begin with, is whole.
func TestTree(t *testing.T) {
	infos := named("API-KEY", "BILLING_DB_PASSWORD", "BILLING_DB_USER", "DB", "DB_", "DB_A_X", "DB_A_Y", "DB_B", "LEDGER_DB_URL", "X_1", "X_2", "_", "_A")
	if got, want := listed(t, lsOptions{listLayout: listLayout{sort: sortName, tree: true}}, infos), `
NAME           VER  CHANGED
API-KEY          1  1h
BILLING_DB_
  PASSWORD       2  2h
  USER           3  3h
DB               4  4h
DB_              5  5h
DB_
  A_
    X            6  6h
    Y            7  7h
  B              8  8h
LEDGER_DB_URL    9  9h
X_
  1             10  10h
  2             11  11h
_               12  12h
_A              13  13h
`; got != want {
		t.Error(got)
	}
}

func TestGroups(t *testing.T) {
	infos := named("A", "B", "C", "D")
	infos[0].Labels = map[string]string{"env": "prod"}
	infos[2].Labels = map[string]string{"env": "dev", "team": "שלום\x1b漢"}
	infos[3].Labels = map[string]string{"env": "prod"}
	infos[3].Expires, infos[1].Expires = noon.Add(72*time.Hour), noon.Add(-27*24*time.Hour)
	if got, want := listed(t, lsOptions{listLayout: listLayout{sort: "expires", by: "env"}}, infos), `
NAME  VER  CHANGED  EXPIRES            LABELS
env=dev
  C     3  3h       -                  env=dev,team=שלום?漢
env=prod
  D     4  4h       in 3d !            env=prod
  A     1  1h       -                  env=prod
no env
  B     2  2h       [EXPIRED] 27d ago  -
`; got != want {
		t.Error(got)
	}
}

// Each order, and its opposite.
func TestOrders(t *testing.T) {
	for sort, want := range map[string]string{"name": "ABCD", "changed": "CABD", "expires": "DBAC", "size": "BADC", "version": "DCBA"} {
		infos := named("A", "B", "C", "D")
		infos[2].Updated = noon
		infos[1].Size = 1000
		infos[0].Size = infos[3].Size
		infos[2].Size = 1
		infos[3].Expires, infos[1].Expires = noon, noon.Add(time.Hour)
		o := lsOptions{listLayout: listLayout{sort: sort}}
		got := ""
		for _, in := range o.arrange(slices.Clone(infos)) {
			got += in.Name
		}
		if got != want {
			t.Errorf("%s: %s", sort, got)
		}
		o.reverse = true
		back := ""
		for _, in := range o.arrange(infos) {
			back = in.Name + back
		}
		if back != want {
			t.Errorf("%s, the other way round: %s", sort, back)
		}
	}
}

func TestSummary(t *testing.T) {
	infos := named("A", "B", "C")
	infos[0].Expires, infos[1].Expires = noon.Add(-1), noon.Add(30*24*time.Hour)
	if got := summary(infos, noon); got != "3 names, 1 expired, 1 within 30 days" {
		t.Error(got)
	}
	if got := summary(infos[2:], noon); got != "1 name" {
		t.Error(got)
	}
}
