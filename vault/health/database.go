package health

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Database is what the files of the database tell from outside.
type Database struct {
	Findings []Finding
	InUse    bool // another process has it open for writing
	Settled  bool // an Open for reading would change nothing
}

// lowInodes is how many files have to be possible yet: a session makes a few.
const lowInodes = 100

// Files looks at the database, the disk's space and the ballast, and waits no
// longer than wait for a writer. mend is what opens the vault for writing and
// closes it, which brings most of it into order; yields says that whoever has it
// open makes room for that.
func Files(ctx context.Context, dir string, wait time.Duration, yields bool, mend func() (string, error)) (d Database, err error) {
	c, err := badgerfiles.TakeSurvey(ctx, dir, wait)
	if err != nil {
		return d, err
	}
	d.InUse = c.InUse
	d.Settled = !c.InUse && !c.Unclean && len(c.Stopped) == 0
	d.Findings = append(space(dir, c, c.InUse && !yields, mend), stops(c, mend)...)
	for _, name := range c.Strange {
		path := filepath.Join(dir, name)
		d.Findings = append(d.Findings, Finding{files, Advice, path + " is not the database's", onTwo(remedy.Move, path, besideOf(dir, path)), nil})
	}
	return d, nil
}

// space looks at what a write needs.
func space(dir string, c badgerfiles.Survey, open bool, mend func() (string, error)) (found []Finding) {
	const check = "space"
	add := func(l Level, message string, way remedy.Remedy, mend func() (string, error)) {
		found = append(found, Finding{check, l, message, way, mend})
	}
	free, left := remedy.FreeSpaceAtOrDelete, "less"
	if c.Free+c.Ballast < c.NeedTight {
		free = remedy.FreeSpaceAt
	}
	if c.Ballast < c.NeedTight {
		left = "nothing"
	}
	inodes, readOnly := disk(dir)
	switch {
	case readOnly:
		add(Advice, "the vault lies on a disk that is mounted for reading: it can be read, not changed", on(remedy.RemountWritable, dir), nil)
	case c.Free < c.Need:
		add(Fault, fmt.Sprintf("%s are free on the vault's disk, and a write needs %s", mib(c.Free), mib(c.Need)),
			on(free, dir), nil)
	default:
		add(OK, mib(c.Free)+" are free on the vault's disk", remedy.Remedy{}, nil)
	}
	if inodes >= 0 && inodes < lowInodes && !readOnly {
		add(Fault, fmt.Sprintf("the vault's disk takes %d more files", inodes), on(remedy.RemoveSomeFiles, dir), nil)
	}
	if c.Ballast < c.FullBallast && !readOnly {
		refill := func() (string, error) {
			// One that is all holes has its size: the next writer would let it be.
			if err := storedir.DropBallast(dir); err != nil {
				return "", err
			}
			if _, err := mend(); err != nil {
				return "", err
			}
			return "restored the ballast", nil
		}
		needs, way := c.Need+c.FullBallast-c.Ballast, fix()
		switch {
		case open:
			refill, way = nil, remedy.To(remedy.FixWhenFree)
		case c.Free < needs:
			refill, way = nil, remedy.To(remedy.FreeSpaceAndFix, remedy.Free.Named(mib(c.Free)), remedy.Size.Named(mib(needs)))
		}
		add(Fault, fmt.Sprintf("the ballast takes up %s of %s: on a full disk %s could be deleted any more; to write it again takes %s", mib(c.Ballast), mib(c.FullBallast), left, mib(c.FullBallast-c.Ballast)),
			way, refill)
	}
	return found
}

// stops looks for work that was cut short.
func stops(c badgerfiles.Survey, mend func() (string, error)) (found []Finding) {
	const check = "database"
	if c.InUse {
		return []Finding{{check, Advice, "another process is using the vault: its database was not looked at", remedy.To(remedy.DiagnoseLater), nil}}
	}
	if c.Unclean || len(c.Stopped) > 0 {
		// Whether the log is whole, only who replays it can tell.
		what := "a writer was killed, and what it wrote lies in its log: the next command reads that"
		if len(c.Stopped) > 0 {
			what = "a recovery or a purge was cut short (" + strings.Join(c.Stopped, ", ") + "): the next command goes on with it"
		}
		return []Finding{{
			check, Advice, what, fix(), func() (string, error) {
				if _, err := mend(); err != nil {
					return "", err
				}
				return "brought the database in order", nil
			},
		}}
	}
	if c.Err != nil && !errors.Is(c.Err, store.ErrUnsafe) && !errors.Is(c.Err, store.ErrNoStore) {
		return nil // verify says it, with what it means
	}
	return []Finding{{check, OK, "the database was closed in good order", remedy.Remedy{}, nil}}
}

func mib(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
