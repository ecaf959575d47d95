package transfer

import (
	"bytes"
	"encoding/csv"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// seedManagers adds the samples that match, and what the reader refuses.
func seedManagers(f *testing.F, reader, pattern string) {
	f.Helper()
	seedFiles(f, filepath.Join("managers", pattern))
	for _, c := range badManagers {
		if c.reader == reader && len(c.in) < 1<<12 {
			f.Add([]byte(c.in))
		}
	}
}

// holds checks what is true of every reader: what it takes can be stored under
// its names, with and without numbers, and what it refuses is refused as ours.
func holds(t *testing.T, read manager, in []byte) {
	t.Helper()
	for _, o := range []Entries{{}, {Unique: true, Folders: true}} {
		r, err := read(bytes.NewReader(in), int64(len(in)), o)
		if err != nil {
			isOurs(t, err)
			continue
		}
		seen := make(map[string]bool)
		for _, i := range r.Items {
			if crypto.CheckName(i.Name) != nil || seen[i.Name] || i.Value.Validate() != nil || len(i.Value.Reveal()) == 0 {
				t.Fatalf("%q", i.Name)
			}
			seen[i.Name] = true
		}
		for _, s := range r.Skipped {
			if s.Name == "" || s.Reason == "" {
				t.Fatalf("left out without a word: %q %q", s.Name, s.Reason)
			}
		}
	}
}

func FuzzReadBitwarden(f *testing.F) {
	seedManagers(f, "bitwarden", "bitwarden*")
	f.Fuzz(func(t *testing.T, in []byte) { holds(t, ReadBitwarden, in) })
}

func FuzzReadOnePUX(f *testing.F) {
	seedManagers(f, "1password", "onepux.json")
	f.Add([]byte(sample(f, "onepux.json.zip")))
	f.Fuzz(func(t *testing.T, in []byte) {
		holds(t, ReadOnePassword, in)
		holds(t, asFile(readOnePUX), in) // a zip file's checksum keeps a fuzzer out
	})
}

func FuzzReadKeePass(f *testing.F) {
	seedManagers(f, "keepass", "keepass*")
	f.Fuzz(func(t *testing.T, in []byte) { holds(t, ReadKeePass, in) })
}

func FuzzReadCSV(f *testing.F) {
	seedManagers(f, "csv", "*.csv")
	f.Fuzz(func(t *testing.T, in []byte) {
		holds(t, managers["csv"], in)
		likeStdlib(t, in)
	})
}

// likeStdlib compares with encoding/csv, where that keeps what it reads: it
// makes LF of CR LF in quotes, and drops a CR at the end of a file.
func likeStdlib(t *testing.T, in []byte) {
	t.Helper()
	if bytes.ContainsRune(in, '\r') || bytes.HasPrefix(in, []byte("\ufeff")) {
		return
	}
	table, err := newTable(bytes.NewReader(in))
	if err != nil {
		return
	}
	theirs := csv.NewReader(bytes.NewReader(in))
	for {
		row, _, err := table.row()
		want, stdErr := theirs.Read()
		if row == nil && err == nil && stdErr != nil && stdErr.Error() == "EOF" {
			return
		}
		if err != nil {
			if stdErr == nil && !strings.Contains(err.Error(), "over") && !strings.Contains(err.Error(), "columns") {
				t.Fatalf("%v, and encoding/csv reads it", err)
			}
			return
		}
		if stdErr != nil || !slices.Equal(row, want) {
			t.Fatalf("%q, where encoding/csv has %q, %v", row, want, stdErr)
		}
	}
}
