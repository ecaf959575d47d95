package group

import (
	"bytes"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

func someRows() map[string]row {
	return map[string]row{
		"A": {local: 3, heads: heads.Row{{Member: bundle.MemberID{1}, Seq: 2, Version: 4, Epoch: 1, Sum: crypto.Digest{7}}, {Member: bundle.MemberID{2}, Seq: 1, Version: 4, Epoch: 1, Gone: true}}},
		"B": {local: 1, flags: stood},
	}
}

func someLosers() []loser {
	return []loser{
		{Concurrent, bundle.HeadItem{Member: bundle.MemberID{1}, Seq: 2, Epoch: 1, Item: bundle.Item{Name: "A", Version: 4, Kind: crypto.Text, Updated: 5, Value: []byte("x"), Attrs: []crypto.Attr{{Name: "expires", Value: "9"}}}}},
		{ReadOnly, bundle.HeadItem{Item: bundle.Item{Name: "B", Kind: crypto.Gone, Purge: true}}},
	}
}

// FuzzRows: what is read is written again as it was, and nothing panics.
func FuzzRows(f *testing.F) {
	f.Add(encodeRows(someRows()).Reveal())
	f.Add(encodeRows(nil).Reveal())
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := parseRows(b)
		if err != nil {
			return
		}
		again, err := parseRows(encodeRows(rows).Reveal())
		if err != nil || len(again) != len(rows) {
			t.Errorf("%d rows, then %d, %v", len(rows), len(again), err)
		}
	})
}

// FuzzLosers: what is read is written again as it was, and nothing panics.
func FuzzLosers(f *testing.F) {
	f.Add(encodeLosers(someLosers()).Reveal())
	f.Add(encodeLosers(nil).Reveal())
	f.Fuzz(func(t *testing.T, b []byte) {
		losers, err := parseLosers(bytes.Clone(b))
		if err != nil {
			return
		}
		if again := encodeLosers(losers).Reveal(); !bytes.Equal(again, b) {
			t.Error("it is written in another way")
		}
	})
}

// FuzzState: a state that is read is written again with the same meaning.
func FuzzState(f *testing.F) {
	st := &state{Group: bundle.GroupID{1}, Self: bundle.MemberID{2}, Label: "cam", Epochs: map[uint64]string{1: "x"}, Seen: []dot{{bundle.MemberID{2}, 1, make([]byte, 32)}}}
	v, err := st.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(v.Reveal())
	f.Fuzz(func(t *testing.T, b []byte) {
		st, err := parseState(stateName(bundle.GroupID{1}), vault.Bytes(b))
		if err != nil {
			return
		}
		one, err := st.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseState(stateName(st.Group), one)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := again.encode(); err != nil || !bytes.Equal(one.Reveal(), two.Reveal()) {
			t.Error("it changes with each writing", err)
		}
	})
}

// FuzzHint: a hint that is read is written again as it was.
func FuzzHint(f *testing.F) {
	f.Add(hint{3, 4}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := parseHint(b); err == nil && !bytes.Equal(h.encode(), b) {
			t.Error("it is written in another way")
		}
	})
}

func TestRecordsRoundTrip(t *testing.T) {
	t.Parallel()
	rows, err := parseRows(encodeRows(someRows()).Reveal())
	if err != nil || len(rows) != 2 || rows["B"].flags != stood || len(rows["A"].heads) != 2 || rows["A"].heads[0] != someRows()["A"].heads[0] || !rows["A"].heads[1].Gone {
		t.Errorf("%+v, %v", rows, err)
	}
	losers, err := parseLosers(encodeLosers(someLosers()).Reveal())
	if err != nil || len(losers) != 2 || losers[0].why != Concurrent || string(losers[0].Value) != "x" || losers[0].Attrs[0].Value != "9" || !losers[1].Purge {
		t.Errorf("%+v, %v", losers, err)
	}
}
