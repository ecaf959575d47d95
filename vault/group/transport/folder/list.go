package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// maxEntries is how many files and folders are looked at in one folder: a member's feed
// that no checkpoint has shortened, and what a stranger has put there.
const maxEntries = 1 << 20

// List implements transport.Transport.
func (f *Folder) List(ctx context.Context, prefix, after string) ([]string, error) {
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	if err := transport.CheckList(prefix, after); err != nil {
		return nil, err
	}
	f.listing.Lock()
	defer f.listing.Unlock()
	if !f.more.follow(prefix, after) {
		if err := f.look(ctx, prefix, after); err != nil {
			return nil, f.ended(err)
		}
	}
	return f.more.next(), nil
}

// look lists all keys with a prefix.
func (f *Folder) look(ctx context.Context, prefix, after string) error {
	var keys []string
	err := f.walk(ctx, ".", prefix, after, func(key string) {
		if info, err := f.root.Lstat(file(key)); err == nil && info.Size() > 0 { // not gone, and no place that is claimed
			keys = append(keys, key)
		}
	})
	if err == nil && len(keys) == 0 {
		if err = f.none(); errors.Is(err, transport.ErrNone) {
			err = nil
		}
	}
	f.more = pages{prefix: prefix, keys: keys}
	return err
}

// pages are the keys of one look, given away page by page: to look again for each would
// take as long as the square of their number.
type pages struct {
	prefix, last string
	keys         []string // those that come after last
}

// follow tells whether the next page is what is asked for.
func (p *pages) follow(prefix, after string) bool {
	return after != "" && len(p.keys) > 0 && p.prefix == prefix && p.last == after
}

func (p *pages) next() []string {
	n := min(len(p.keys), transport.MaxList)
	page := slices.Clone(p.keys[:n])
	if p.keys = p.keys[n:]; n > 0 {
		p.last = page[n-1]
	}
	return page
}

// walk calls found with the keys below a folder that begin with prefix and come after
// another, in ascending order.
func (f *Folder) walk(ctx context.Context, dir, prefix, after string, found func(key string)) error {
	entries, err := f.entries(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.folder {
			below := e.path + "/"
			if !strings.HasPrefix(prefix, below) && !strings.HasPrefix(below, prefix) || below < after && !strings.HasPrefix(after, below) {
				continue
			}
			if err := f.walk(ctx, e.path, prefix, after, found); err != nil {
				return err
			}
		} else if e.path > after && transport.Under(e.path, prefix) {
			found(e.path)
		}
	}
	return nil
}

// entry is what is in a folder and can be part of a key: a folder, or the file of a key.
type entry struct {
	path   string // of a file, the key
	folder bool
}

// entries are those of a folder, in the order of their keys. One that is gone has none.
func (f *Folder) entries(dir string) ([]entry, error) {
	d, err := f.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, classify(err)
	}
	defer d.Close()
	var list []entry
	for looked := 0; ; looked += atOnce {
		found, err := d.ReadDir(atOnce)
		for _, e := range found {
			if e, ok := toEntry(dir, e); ok {
				list = append(list, e)
			}
		}
		switch {
		case len(found) == 0:
			slices.SortFunc(list, compare)
			return list, nil
		case err != nil:
			return nil, classify(err)
		case looked >= maxEntries:
			return nil, fmt.Errorf("%w: more than %d entries in %s", transport.ErrFull, maxEntries, path.Join(f.path, dir))
		}
	}
}

// atOnce is how many entries are read at once.
const atOnce = 1024

// compare puts a folder where the keys below it are.
func compare(a, b entry) int { return strings.Compare(a.sorted(), b.sorted()) }

func (e entry) sorted() string {
	if e.folder {
		return e.path + "/"
	}
	return e.path
}

// toEntry is an entry of a folder, if it can be part of a key.
func toEntry(dir string, d os.DirEntry) (entry, bool) {
	at := path.Join(dir, d.Name())
	switch {
	case d.IsDir():
		return entry{at, true}, transport.CheckPrefix(at+"/") == nil
	case d.Type().IsRegular():
		key, ok := keyOf(at)
		return entry{key, false}, ok
	}
	return entry{}, false
}
