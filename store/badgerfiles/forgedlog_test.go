package badgerfiles_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/store/storedir"
)

// appendEntry writes an entry as Badger does.
func appendEntry(b []byte, flags byte, key, value []byte) []byte {
	from := len(b)
	b = append(b, flags, 0)
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(len(value)))
	b = append(append(append(b, 0), key...), value...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[from:], badgerfiles.Castagnoli))
}

func versioned(key string, version uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(key), math.MaxUint64-version)
}

// A log whose checksums fit and that holds what no transaction of ours writes is
// an error of damage: Badger would come to grief over it in a goroutine of its own.
func TestForgedLogs(t *testing.T) {
	t.Parallel()
	const next = 3 // two commits are there
	tx := func(entries ...func(b []byte) []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, e := range entries {
				b = e(b)
			}
			return appendEntry(b, badgerfiles.FlagEnd, versioned(badgerfiles.EndKey, next), []byte(strconv.Itoa(next)))
		}
	}
	one := func(flags byte, key, value []byte) func([]byte) []byte {
		return tx(func(b []byte) []byte { return appendEntry(b, badgerfiles.FlagTx|flags, key, value) })
	}
	for name, forge := range map[string]func(b []byte) []byte{
		"a key without a version":       one(0, versioned("", next), []byte("v")),
		"a key that is too long":        one(0, versioned(string(make([]byte, 1<<16-8)), next), nil),
		"a value that is too large":     one(0, versioned("k", next), make([]byte, store.LargeValue+1)),
		"a short pointer":               one(badgerfiles.FlagPointer, versioned("k", next), []byte("v")),
		"a short key beside the others": func(b []byte) []byte { return appendEntry(b, 0, []byte("k"), []byte("v")) },
		"the last version": func(b []byte) []byte {
			b = appendEntry(b, badgerfiles.FlagTx, versioned("k", math.MaxUint64), []byte("v"))
			return appendEntry(b, badgerfiles.FlagEnd, versioned(badgerfiles.EndKey, math.MaxUint64), []byte(strconv.FormatUint(math.MaxUint64, 10)))
		},
		"more than its memory holds": tx(func(b []byte) []byte {
			for i := 0; len(b) < 11<<20; i++ {
				b = appendEntry(b, badgerfiles.FlagTx, versioned(fmt.Sprint(i), next), make([]byte, 60_000))
			}
			return b
		}),
		"a length of 4 GB": func(b []byte) []byte { return append(b, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0x0f, 0) },
		"a length over 64 bits": func(b []byte) []byte {
			return append(b, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)
		},
		"a length that is cut to 32 bits": func(b []byte) []byte {
			key := versioned("k", next)
			from := len(b)
			b = append(b, badgerfiles.FlagTx, 0)
			b = binary.AppendUvarint(b, 1<<32+uint64(len(key)))
			b = append(append(b, 0, 0), key...)
			b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b[from:], badgerfiles.Castagnoli))
			return tx()(b)
		},
	} {
		for _, file := range []string{"*.mem", "*.vlog"} {
			if file == "*.vlog" && name[:8] != "a length" {
				continue
			}
			t.Run(name+" in "+file, func(t *testing.T) {
				t.Parallel()
				dir := unclosed(t)
				logs, err := filepath.Glob(filepath.Join(dir, storedir.DatabaseName, file))
				if err != nil || len(logs) == 0 {
					t.Fatal(logs, err)
				}
				path := logs[len(logs)-1]
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				end := badgerfiles.LogHeader
				if file == "*.mem" {
					end = badgerfiles.ParseMemLog(b).End
				}
				forged := forge(bytes.Clone(b[:end]))
				if err := os.WriteFile(path, append(forged, make([]byte, max(0, len(b)-len(forged)))...), 0o600); err != nil {
					t.Fatal(err)
				}
				for _, readOnly := range []bool{true, false} {
					s, err := badgerstore.Open(t.Context(), dir, store.Options{ReadOnly: readOnly})
					if err == nil {
						s.Close()
					}
					if !errors.Is(err, store.ErrCorrupt) {
						t.Errorf("read-only %v: %v, want ErrCorrupt", readOnly, err)
					}
				}
			})
		}
	}
}

// unclosed is a store whose writer did not close.
func unclosed(t *testing.T) (dir string) {
	t.Helper()
	open := t.TempDir()
	b, err := badgerstore.Open(t.Context(), open, store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, key := range []string{"a", "b"} {
		if err := b.Update(func(w store.Writer) error { return w.Put([]byte(key), []byte("value")) }); err != nil {
			t.Fatal(err)
		}
	}
	dir = t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, storedir.DatabaseName), os.DirFS(filepath.Join(open, storedir.DatabaseName))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, storedir.DatabaseName), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}
