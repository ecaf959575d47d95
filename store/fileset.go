package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	registryName = "KEYREGISTRY"
	// registryMark ends the registry of a database without encryption, behind
	// 16 random bytes.
	registryMark = "Hello Badger"
	registrySize = 16 + len(registryMark)
	pidName      = "LOCK" // there while a database is open for writing
	rewriteName  = "MANIFEST-REWRITE"
	// discardName holds statistics that nothing of ours depends on. Badger maps
	// it and trusts its size, which is discardSize.
	discardName = "DISCARD"
	discardSize = 1 << 20
)

// fileSet is what lies in a database's folder. Badger opens an empty database
// where its MANIFEST or its log is missing, and deletes tables that it does
// not know, so that we look first.
type fileSet struct {
	dir     string
	tables  []uint64         // .sst, ascending
	mems    []uint64         // .mem: the logs of what is not yet in tables
	values  []uint64         // .vlog
	pid     bool             // LOCK: a writer is at work, or did not close
	rewrite bool             // MANIFEST-REWRITE
	empty   bool             // a .mem or .vlog has no bytes
	discard int64            // the size of DISCARD, -1 for none
	shared  string           // a file that a writer changes in place and that has another name, or ""
	sizes   map[uint64]int64 // of the tables

	valueBytes int64 // what all value logs hold

	manifest manifest
	newest   uint64   // the highest version in a table; known after check
	missing  []uint64 // tables that are listed, after an unclean stop; likewise
}

// readFileSet lists the folder and refuses what does not belong there.
func readFileSet(dir string) (*fileSet, error) {
	entries, err := Entries(dir)
	if err != nil {
		return nil, err
	}
	s := &fileSet{dir: dir, sizes: make(map[uint64]int64), discard: -1}
	var found [2]bool
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, notRegular(e.Name())
		}
		// Tables are never changed. DISCARD is not worth asking for.
		if !own(info) && filepath.Ext(e.Name()) != ".sst" && e.Name() != discardName {
			s.shared = e.Name()
		}
		switch e.Name() {
		case manifestName:
			found[0] = true
		case registryName:
			found[1] = true
		case pidName:
			s.pid = true
		case rewriteName:
			s.rewrite = true
		case discardName:
			if s.discard = info.Size(); !own(info) {
				s.discard = 1 // of no use: it is to be made anew
			}
		default:
			if err := s.add(e.Name(), info.Size()); err != nil {
				return nil, err
			}
		}
	}
	for i, name := range []string{manifestName, registryName} {
		if !found[i] {
			return nil, corrupt("%s is missing", name)
		}
	}
	slices.Sort(s.tables)
	slices.Sort(s.mems)
	slices.Sort(s.values)
	return s, nil
}

// add sorts a file by its name. Files of other kinds are not Badger's and
// stay unread.
func (s *fileSet) add(name string, size int64) error {
	var list *[]uint64
	ext, width := filepath.Ext(name), 6
	switch ext {
	case ".sst":
		list = &s.tables
	case ".vlog":
		list = &s.values
	case ".mem":
		list, width = &s.mems, 5
	default:
		return nil
	}
	id, err := strconv.ParseUint(strings.TrimSuffix(name, ext), 10, 64)
	if err != nil || id > math.MaxInt32 || fmt.Sprintf("%0*d%s", width, id, ext) != name {
		return corrupt("%s: no name of a database file", name)
	}
	*list = append(*list, id)
	switch ext {
	case ".sst":
		s.sizes[id] = size
	case ".vlog":
		s.valueBytes += size
	}
	s.empty = s.empty || size == 0 && ext != ".sst"
	return nil
}

// unclean tells whether the last writer did not close.
func (s *fileSet) unclean() bool {
	return s.pid || s.rewrite || s.empty || len(s.mems) > 0
}

// check compares the files with the MANIFEST and with one another, and looks
// at the tables, in every block of them where full is set. It reads little
// else: a damaged block in a table that is not fully checked shows when it is
// read, or not at all.
func (s *fileSet) check(full bool) error {
	if err := s.checkRegistry(); err != nil {
		return err
	}
	if err := s.readManifest(); err != nil {
		return err
	}
	for i := 1; i < len(s.mems); i++ {
		if s.mems[i] != s.mems[i-1]+1 {
			return corrupt("%05d.mem is missing", s.mems[i-1]+1)
		}
	}
	if s.manifest.torn && !s.unclean() {
		return corrupt("%s: cut short", manifestName)
	}
	tables := tableChecker{full: full}
	for id := range s.manifest.tables {
		if _, ok := s.sizes[id]; !ok {
			if !s.unclean() {
				return corrupt("%s is missing", tableName(id))
			}
			s.missing = append(s.missing, id) // checkMissing looks at it
			continue
		}
		if err := tables.check(filepath.Join(s.dir, tableName(id))); err != nil {
			return err
		}
	}
	s.newest = tables.newest
	if !s.unclean() { // or else it is to be seen with the logs
		if err := s.checkUnlisted(logSums{}); err != nil {
			return err
		}
	}
	if full {
		return s.checkValueLogs()
	}
	return nil
}

// checkMissing takes tables that are not there out of the manifest, after an
// unclean stop: where Badger cannot sync the MANIFEST when it has put the newest
// table in, it deletes it and keeps the log that it was made of. Then the log
// goes on where the tables end, and nothing can have been in that table that is
// not in the log. Any other is lost.
func (s *fileSet) checkMissing(logs logSums) error {
	for _, id := range s.missing {
		delete(s.manifest.tables, id)
	}
	for _, id := range s.missing {
		lost := logs.first != s.newest+1
		for there := range s.manifest.tables {
			lost = lost || there > id
		}
		if lost {
			return corrupt("%s is missing", tableName(id))
		}
	}
	return nil
}

// checkUnlisted looks at the tables that the MANIFEST does not name, which
// Badger deletes. There may be one whose writing failed, before it was written
// anew under another name. After an unclean stop there may be one made from a log
// that is still there, or one that was deleted. Any other has what is nowhere
// else, and the end of the MANIFEST is missing.
func (s *fileSet) checkUnlisted(logs logSums) error {
	for _, id := range s.tables {
		if _, ok := s.manifest.tables[id]; ok || s.manifest.deleted[id] {
			continue
		}
		var t tableChecker
		err := t.check(filepath.Join(s.dir, tableName(id)))
		if errors.Is(err, ErrCorrupt) && s.unclean() {
			continue // it was being written
		}
		if err != nil {
			return err
		}
		logged := logs.first != 0 && logs.first <= t.newest && t.newest <= logs.last
		if t.newest > s.newest && !logged {
			return corrupt("%s: cut short: it does not name %s", manifestName, tableName(id))
		}
	}
	return nil
}

// checkOwn refuses what a writer must not write to: through a second name of a
// file it would change another's, or what was meant to be a copy.
func (s *fileSet) checkOwn() error {
	if s.shared != "" {
		return sharedError(s.shared)
	}
	return nil
}

func sharedError(name string) error {
	return fmt.Errorf("%w: %s has another name elsewhere (a hard link), whose content a write would change too", ErrUnsafe, name)
}

// checkRegistry makes sure that the database is one without encryption. Badger
// would trust lengths that it reads there.
func (s *fileSet) checkRegistry() error {
	b, err := readLimited(filepath.Join(s.dir, registryName), registrySize+1)
	if err != nil {
		return err
	}
	if len(b) != registrySize || !bytes.HasSuffix(b, []byte(registryMark)) {
		return corrupt("%s: %w", registryName, errManifest)
	}
	return nil
}

func (s *fileSet) readManifest() error {
	b, err := readLimited(filepath.Join(s.dir, manifestName), maxManifest+1)
	if err != nil {
		return err
	}
	if len(b) > maxManifest {
		return corrupt("%s: over %d bytes", manifestName, maxManifest)
	}
	s.manifest, err = parseManifest(b)
	if err != nil {
		return corrupt("%s: %w", manifestName, err)
	}
	return nil
}

// lastTable is the highest number of a table that is there.
func (s *fileSet) lastTable() uint64 {
	if len(s.tables) == 0 {
		return 0
	}
	return s.tables[len(s.tables)-1]
}

func tableName(id uint64) string { return fmt.Sprintf("%06d.sst", id) }

// readLimited reads at most limit bytes of a file.
func readLimited(path string, limit int) ([]byte, error) {
	f, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, min(info.Size(), int64(limit)))
	n, err := io.ReadFull(f, b)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return b[:n], err
}
