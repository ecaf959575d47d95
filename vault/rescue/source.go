package rescue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
)

const (
	windowSize = 4 << 20
	// overlap is what a window has beyond the part in which things may begin.
	overlap = crypto.MaxCarved
	// badBlock is the step in which a stretch that does not read is read again.
	badBlock = 4 << 10
)

// source is a file to look through.
type source struct {
	path string
	size int64
}

// sources lists the regular files below path, in lexical order, or path itself:
// a file, or a block device that the user names. Symbolic links below path are
// not followed. What cannot be listed is handed to unread.
func sources(path string, unread func(error)) (list []source, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		size := info.Size()
		if info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0 {
			size, err = deviceSize(path)
		} else if !info.Mode().IsRegular() {
			err = errors.New("neither a folder nor a file")
		}
		return []source{{path, size}}, err
	}
	// WalkDir does not follow path itself where that is a link.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				list = append(list, source{p, info.Size()})
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			unread(err)
		}
		return nil
	})
	return list, err
}

func deviceSize(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Seek(0, io.SeekEnd)
}

// open opens the file for reading, if it still is what was listed.
func (s source) open() (*os.File, error) {
	f, err := openPlain(s.path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeDevice == 0 {
		err = fmt.Errorf("%s: not a regular file", s.path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// A window is a part of a file. Things that begin in the first fresh bytes are
// the window's to find; the rest is there so that they end in it.
type window struct {
	off   int64
	b     []byte
	fresh int
}

// reader reads a file window by window.
type reader struct {
	ctx  context.Context
	buf  []byte
	bad  int64                   // bytes that could not be read, and count as zeros
	hole func(off int64) int64   // the next place at or after off that holds data; nil: off
	each func(w window) error    // must not keep w.b
	step func(done, total int64) // may be nil
}

// run hands the first size bytes of a file to each. Bytes that cannot be read
// are taken for zeros.
func (r *reader) run(f io.ReaderAt, size int64) error {
	if r.buf == nil {
		r.buf = make([]byte, windowSize+overlap)
	}
	for off := int64(0); off < size; off += windowSize {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.hole != nil {
			if off = r.hole(off); off >= size {
				break
			}
		}
		b := r.buf[:min(int64(len(r.buf)), size-off)]
		b = b[:r.read(f, b, off)]
		if err := r.each(window{off, b, min(len(b), windowSize)}); err != nil {
			return err
		}
		if r.step != nil {
			r.step(min(off+windowSize, size), size)
		}
	}
	return nil
}

// read fills b from off on and returns how much there is of it.
func (r *reader) read(f io.ReaderAt, b []byte, off int64) int {
	n, err := f.ReadAt(b, off)
	if err == nil || errors.Is(err, io.EOF) {
		return n
	}
	// A stretch does not read: the disk is failing. What is around it does.
	clear(b)
	for at := 0; at < len(b); at += badBlock {
		piece := b[at:min(at+badBlock, len(b))]
		n, err := f.ReadAt(piece, off+int64(at))
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return at + n
		default:
			clear(piece)
			r.bad += int64(len(piece))
		}
	}
	return len(b)
}

// readExact reads a thing that was found before.
func readExact(f io.ReaderAt, off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(io.NewSectionReader(f, off, int64(n)), b)
	return b, err
}
