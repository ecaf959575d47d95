package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// copyFiles puts the files into another folder, but those that are left out: links
// to those that never change again, copies of the others.
func copyFiles(s *badgerfiles.Set, folder string, leftOut func(name string) bool) error {
	entries, err := storedir.Entries(s.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, to := filepath.Join(s.Dir, e.Name()), filepath.Join(folder, e.Name())
		info, err := e.Info()
		if err != nil {
			return err
		}
		if leftOut(e.Name()) || needless(e.Name(), info.Size()) || immutable(s, e.Name(), info.Size()) && os.Link(from, to) == nil {
			continue
		}
		if err := copyFile(to, from); err != nil {
			return err
		}
	}
	return nil
}

// needless tells whether nothing is lost with a file: a MANIFEST that was being
// rewritten, a hint about tables of which others are made, and what is far too large for
// what it is. Copying one could take all day: somebody may have made it of nothing.
func needless(name string, size int64) bool {
	const most = 16 << 20
	return name == badgerfiles.RewriteName || name == badgerfiles.RangesName || size > most && (name == badgerfiles.PidName || name == badgerfiles.DiscardName)
}

// immutable tells whether a replay leaves the file as it is. Badger deletes
// a value log without values, truncating it first.
func immutable(s *badgerfiles.Set, name string, size int64) bool {
	switch name {
	case badgerfiles.ManifestName, badgerfiles.RegistryName, badgerfiles.PidName, badgerfiles.DiscardName:
		return false
	}
	if ext := filepath.Ext(name); ext != ".vlog" {
		return ext != ".mem" // a table, or not Badger's
	}
	if size <= badgerfiles.LogHeader {
		return false
	}
	return name != fmt.Sprintf("%06d.vlog", s.ValueLogs[len(s.ValueLogs)-1])
}

// copyFile copies a file, with holes where it has nothing but zeros: a log is
// mostly that.
func copyFile(to, from string) (err error) {
	src, _, err := storedir.OpenRegular(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	const block = 16 << 10
	buf, zeros := make([]byte, block), make([]byte, block)
	var size int64
	for {
		n, err := io.ReadFull(src, buf)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := dst.WriteAt(buf[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := dst.Truncate(size); err != nil {
		return err
	}
	return dst.Sync()
}
