package vault

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
)

// The keys of the database. Every commit touches the lowest, the root of the
// index, and the highest, the head: that lets the store merge its tables.
var (
	headKey  = []byte("z")
	batchKey = []byte("p")
)

// batchClean is what batchKey holds when no batch is under way.
const batchClean = "clean"

const (
	recordSpace = "s/"
	slotSpace   = "k/"
	nodeSpace   = "i"
	logSpace    = "l/"
)

func recordPrefix(name string) []byte { return []byte(recordSpace + name + "/") }

func versionPrefix(name string, version uint64) []byte {
	return fmt.Appendf(nil, "%s%s/%010d/", recordSpace, name, version)
}

func recordKey(name string, version, seq uint64) []byte {
	return fmt.Appendf(nil, "%s%s/%010d/%010d", recordSpace, name, version, seq)
}

func slotKey(id uint32) []byte { return fmt.Appendf(nil, "%s%010d", slotSpace, id) }

func logKey(seq uint64) []byte { return fmt.Appendf(nil, "%s%010d", logSpace, seq) }

func linkKey(seq uint64) []byte { return fmt.Appendf(nil, "%s%010d%s", logSpace, seq, linkSuffix) }

// linkSuffix ends the key of a link, which stands behind the log entry of the
// head that committed it.
const linkSuffix = "/link"

// parseLogKey is the inverse of logKey; ok is false for a link's key.
func parseLogKey(key []byte) (seq uint64, ok bool) {
	digits, ok := bytes.CutPrefix(key, []byte(logSpace))
	seq, err := strconv.ParseUint(string(digits), 10, 64)
	return seq, ok && err == nil && len(digits) == 10
}

// isLinkKey tells whether a key is that of a link.
func isLinkKey(key []byte) bool {
	before, ok := bytes.CutSuffix(key, []byte(linkSuffix))
	_, isEntry := parseLogKey(before)
	return ok && isEntry
}

// parseRecordKey is the inverse of recordKey.
func parseRecordKey(key []byte) (name string, version, seq uint64, err error) {
	parts := bytes.Split(key, []byte("/"))
	if len(parts) == 4 && string(parts[0]) == recordSpace[:1] && len(parts[2]) == 10 && len(parts[3]) == 10 {
		version, err = strconv.ParseUint(string(parts[2]), 10, 64)
		if err == nil {
			seq, err = strconv.ParseUint(string(parts[3]), 10, 64)
		}
		if err == nil {
			err = crypto.CheckKey(string(parts[1]))
		}
		if err == nil {
			return string(parts[1]), version, seq, nil
		}
	}
	return "", 0, 0, fmt.Errorf("%w: a key that is no record's", crypto.ErrMalformed)
}

// getOrNil turns absence into nil, as the index and the chain want it.
func getOrNil(r store.Reader, key []byte) ([]byte, error) {
	b, err := r.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return b, err
}

// logFrom reads entries of the log in what view shows.
func logFrom(view func(func(store.Reader) error) error) crypto.LogGetter {
	return func(seq uint64) (b []byte, err error) {
		err = view(func(r store.Reader) error {
			b, err = getOrNil(r, logKey(seq))
			return err
		})
		return b, err
	}
}
