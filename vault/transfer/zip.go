package transfer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/tacit-vault/tacit/crypto/textfile"
)

const (
	zipMagic = "PK\x03\x04"
	// maxArchive is how large a zip file may be: attachments lie in it, which
	// are not read.
	maxArchive = 1 << 30
	// maxDirectory is how many bytes a zip file's list of its files may take, of
	// which each takes at least 46.
	maxDirectory  = 4 << 20
	flagEncrypted = 1
)

// beginning is the first bytes of a file, to tell its kind by. It refuses a file
// that is too large for its kind.
func beginning(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, max(0, min(size, 512)))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading: %w", err)
	}
	switch isZip := bytes.HasPrefix(head, []byte(zipMagic)); {
	case isZip && size > maxArchive:
		return nil, fail(ErrLimit, 0, "the file is over the limit of %d GiB", maxArchive>>30)
	case !isZip && size > maxFile:
		return nil, tooLarge()
	}
	if text, err := textfile.UTF8(head[:len(head)&^1]); err == nil && len(text) > 0 {
		return text, nil // a surrogate pair cut in two is an error, of no consequence
	}
	return head, nil
}

// readZipped has the one file of an archive that counts read. Of the others
// only the names are looked at. It unpacks at most maxFile bytes, whatever the
// archive says of itself.
func readZipped(r io.ReaderAt, size int64, name string, read func(io.Reader) (Result, error)) (Result, error) {
	bounded := &budget{r: r, left: maxDirectory}
	archive, err := zip.NewReader(bounded, size)
	switch {
	case errors.Is(err, errBudget):
		return Result{}, fail(ErrLimit, 0, "there are too many files in it: their list is over the limit of %d MiB", maxDirectory>>20)
	case err != nil && bounded.failed != nil:
		return Result{}, bounded.failed
	case err != nil:
		return Result{}, fail(ErrSyntax, 0, "not a whole zip file")
	}
	bounded.left = math.MaxInt64
	var found *zip.File
	for _, f := range archive.File {
		if f.Name != name {
			continue
		}
		if found != nil {
			return Result{}, fail(ErrDuplicate, 0, "there are two %s in it", name)
		}
		found = f
	}
	switch {
	case found == nil:
		return Result{}, fail(ErrForm, 0, "there is no %s in it", name)
	case found.Flags&flagEncrypted != 0:
		return Result{}, fail(ErrEncrypted, 0, "%s in it is encrypted", name)
	case found.UncompressedSize64 > maxFile:
		return Result{}, fail(ErrLimit, 0, "%s in it is over the limit of %d MiB", name, maxFile>>20)
	}
	f, err := found.Open()
	if err != nil {
		return Result{}, fail(ErrSyntax, 0, "%s in it cannot be unpacked", name)
	}
	defer f.Close()
	result, err := read(f)
	var bad *Error
	if err != nil && !errors.As(err, &bad) && bounded.failed == nil {
		return Result{}, fail(ErrSyntax, 0, "%s in it is damaged", name)
	}
	return result, err
}

var errBudget = errors.New("over the budget")

// budget reads at most so many bytes in all, and remembers what failed.
type budget struct {
	r      io.ReaderAt
	left   int64
	failed error
}

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errBudget
	}
	n, err := b.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}
