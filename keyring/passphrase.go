package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/textfile"
)

// maxPassphrase is the longest passphrase that is read, in bytes, the newline at
// its end not counted. It is far beyond what anybody types; files are given by
// mistake.
const maxPassphrase = crypto.MaxPassphraseBytes

// PassphraseFile reads a passphrase from a file or FIFO. One newline at its end
// (\n or \r\n) is not part of it. "-" is a file of that name. The errors wrap
// [ErrEmpty], [ErrTooBig], [ErrSource] or what the system said, with the path.
func PassphraseFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("passphrase file: %w", err)
	}
	defer f.Close()
	what := "passphrase file " + path
	if err := refuseFolder(f, what); err != nil {
		return nil, err
	}
	return readPassphrase(f, what)
}

// PassphraseFD reads a passphrase from an open file descriptor, to its end, and
// closes it unless it is standard input (0). Otherwise as [PassphraseFile].
func PassphraseFD(fd int) ([]byte, error) {
	what := fmt.Sprintf("passphrase file descriptor %d", fd)
	switch {
	case fd == 0:
		return readPassphrase(os.Stdin, what)
	case fd < 3:
		return nil, fmt.Errorf("%s %w", what, ErrSource)
	}
	if err := checkFD(fd); err != nil {
		return nil, fmt.Errorf("%s %w: %w", what, ErrSource, err)
	}
	f := os.NewFile(uintptr(fd), what)
	if f == nil {
		return nil, fmt.Errorf("%s %w", what, ErrSource)
	}
	defer f.Close()
	return readPassphrase(f, what)
}

func refuseFolder(f *os.File, what string) error {
	switch info, err := f.Stat(); {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case info.IsDir():
		return fmt.Errorf("%s %w: it is a folder", what, ErrSource)
	}
	return nil
}

func readPassphrase(r io.Reader, what string) ([]byte, error) {
	var b buffer
	defer b.wipe()
	if _, err := b.ReadFrom(r); err != nil && !errors.Is(err, ErrTooBig) {
		return nil, fmt.Errorf("reading %s: %w", what, err)
	}
	return b.passphrase(what)
}

// buffer takes a passphrase, its newline, and one byte that shows that there
// is more. Its array never moves, so that wiping it leaves no copy.
type buffer struct {
	data [maxPassphrase + len("\r\n") + 1]byte
	n    int
}

var (
	_ io.Writer     = (*buffer)(nil)
	_ io.ReaderFrom = (*buffer)(nil) // or io.Copy would read through a buffer of its own
)

// ReadFrom reads to the end of r, or to its own: then it returns ErrTooBig.
func (b *buffer) ReadFrom(r io.Reader) (int64, error) {
	start := b.n
	for b.n < len(b.data) {
		n, err := r.Read(b.data[b.n:])
		b.n += n
		if errors.Is(err, io.EOF) {
			return int64(b.n - start), nil
		}
		if err != nil {
			return int64(b.n - start), err
		}
	}
	return int64(b.n - start), ErrTooBig
}

// Write takes what fits; ErrTooBig says that it was not all.
func (b *buffer) Write(p []byte) (int, error) {
	n := copy(b.data[b.n:], p)
	if b.n += n; n < len(p) {
		return n, ErrTooBig
	}
	return n, nil
}

// passphrase is a copy of what was read, without one newline at its end.
func (b *buffer) passphrase(what string) ([]byte, error) {
	read := b.data[:b.n]
	p, err := textfile.UTF8(read)
	defer clear(p) // read, or a copy
	if err != nil && b.n < len(b.data) {
		return nil, fmt.Errorf("%s %w: it is %w", what, ErrSource, err)
	}
	if cut, ok := bytes.CutSuffix(p, []byte("\n")); ok {
		p = bytes.TrimSuffix(cut, []byte("\r"))
	}
	switch {
	case len(p) == 0 && err == nil:
		return nil, fmt.Errorf("%s %w", what, ErrEmpty)
	case len(p) > maxPassphrase, b.n == len(b.data):
		return nil, fmt.Errorf("%s %w: a passphrase has at most %d characters", what, ErrTooBig, crypto.MaxPassphrase)
	}
	return bytes.Clone(p), nil
}

func (b *buffer) wipe() { clear(b.data[:]) }
