package group

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// A row is what the group knows of one name, and what this vault has of that.
type row struct {
	local uint64 // the version in the vault that the row stands for; 0: none
	flags rowFlags
	heads heads.Row
}

type rowFlags uint64

const (
	// stood: the name was in the vault before the group had it. It is not sent, and
	// not overwritten.
	stood rowFlags = 1 << iota
	// unstorable: what won cannot be kept in this vault.
	unstorable
	// resolving: the user was shown what lost; the next cut says so.
	resolving

	rowFlagsEnd
)

// empty tells whether the row says nothing.
func (r row) empty() bool { return r.local == 0 && r.flags == 0 && len(r.heads) == 0 }

const (
	rowsLabel  = "tacit/1/group-rows"
	rowLabel   = "tacit/1/group-row"
	headsLabel = "tacit/1/group-heads"
	headSize   = 8 + 8 + 8 + 8 + 1 + 32
	// mostInBucket is for the reader of a record, whose size has a limit anyway.
	mostInBucket = 1 << 20
)

// bucketOf is the record that a name is kept in.
func bucketOf(name string) byte { return sha256.Sum256([]byte(name))[0] }

func bucketName(id bundle.GroupID, kind byte, bucket byte) string {
	return fmt.Sprintf("%s-%c-%02x", stateName(id), kind, bucket)
}

// encodeRows is a record of rows, sorted by name.
func encodeRows(rows map[string]row) vault.Value {
	list := make([][]byte, 0, len(rows))
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r := rows[name]
		list = append(list, crypto.Encode(rowLabel, []byte(name), crypto.Number(r.local), crypto.Number(uint64(r.flags)), encodeHeads(r.heads)))
	}
	return vault.Bytes(crypto.Encode(rowsLabel, list...))
}

func encodeHeads(hs heads.Row) []byte {
	list := make([][]byte, 0, len(hs))
	for _, h := range hs {
		b := slices.Concat(h.Member[:], crypto.Number(h.Seq), crypto.Number(h.Version), crypto.Number(h.Epoch), []byte{0}, h.Sum[:])
		if h.Gone {
			b[8*4] = 1
		}
		list = append(list, b)
	}
	return crypto.Encode(headsLabel, list...)
}

// parseRows reads a record of rows.
func parseRows(b []byte) (map[string]row, error) {
	list, err := crypto.Decode(rowsLabel, b, mostInBucket)
	if err != nil {
		return nil, err
	}
	rows := make(map[string]row, len(list))
	for _, item := range list {
		f := crypto.ReadFields(rowLabel, item, 4)
		var r row
		name := string(f.Next())
		f.Number(&r.local)
		f.Number((*uint64)(&r.flags))
		hs := f.Next()
		if err := f.End(); err != nil {
			return nil, err
		}
		if r.heads, err = parseHeads(hs); err != nil {
			return nil, err
		}
		if _, twice := rows[name]; twice || crypto.CheckName(name) != nil || r.flags >= rowFlagsEnd {
			return nil, fmt.Errorf("%w: a row of a group", crypto.ErrMalformed)
		}
		rows[name] = r
	}
	return rows, nil
}

func parseHeads(b []byte) (hs heads.Row, err error) {
	list, err := crypto.Decode(headsLabel, b, mostInBucket)
	for _, item := range list {
		if len(item) != headSize || item[8*4] > 1 {
			return nil, fmt.Errorf("%w: a head of %d bytes", crypto.ErrMalformed, len(item))
		}
		var h heads.Head
		copy(h.Member[:], item)
		h.Seq, _ = crypto.ReadNumber(item[8:16])
		h.Version, _ = crypto.ReadNumber(item[16:24])
		h.Epoch, _ = crypto.ReadNumber(item[24:32])
		h.Gone = item[32] == 1
		copy(h.Sum[:], item[33:])
		hs = append(hs, h)
	}
	return hs, err
}
