package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/tacit-vault/tacit/crypto"
)

// MaxIdentityFile is the largest identity file, in bytes.
const MaxIdentityFile = crypto.MaxIdentityFile

// Identity is a key from an identity file.
type Identity interface {
	crypto.Key
	// Recipients are the public halves of the file's identities, in its order.
	Recipients() []string
}

// IdentityFile reads an age identity file, a regular file or a FIFO; "-" is
// standard input. It tells warn, which may be nil, when a regular file can be
// read or written by others than its owner. A missing file wraps
// [io/fs.ErrNotExist]; one without an identity in it, [ErrEmpty]; a folder,
// [ErrSource]; one above [MaxIdentityFile], [ErrTooBig]; any other content,
// [crypto.ErrMalformed].
func IdentityFile(path string, warn func(string)) (Identity, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("identity file: %w", err)
		}
		defer f.Close()
	}
	what := "identity file " + path
	if err := checkAccess(f, what, warn); err != nil {
		return nil, err
	}
	data, err := readAll(f)
	defer clear(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", what, err)
	case len(data) > MaxIdentityFile:
		return nil, fmt.Errorf("%s %w: more than %d KiB", what, ErrTooBig, MaxIdentityFile>>10)
	}
	return parse(what, data)
}

// readAll reads to the end, or one byte more than an identity file may have.
// Most have a few hundred bytes, and every command begins by reading one: a
// buffer for the largest would cost more than the rest. What it outgrows is
// wiped.
func readAll(r io.Reader) ([]byte, error) {
	data, n := make([]byte, 4<<10), 0
	for {
		m, err := io.ReadFull(r, data[n:])
		n += m
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return data[:n], nil
		case err != nil || n > MaxIdentityFile:
			return data[:n], err
		}
		larger := make([]byte, min(4*len(data), MaxIdentityFile+1))
		copy(larger, data)
		clear(data)
		data = larger
	}
}

func parse(what string, data []byte) (Identity, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%s %w", what, ErrEmpty)
	}
	key, err := crypto.Identities(what, bytes.NewReader(data))
	switch {
	case errors.Is(err, crypto.ErrNoIdentity):
		return nil, fmt.Errorf("%s %w: there is no identity in it", what, ErrEmpty)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return key, nil
}

func checkAccess(f *os.File, what string, warn func(string)) error {
	if err := refuseFolder(f, what); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	// Windows has no such modes: what Go shows there says nothing.
	if runtime.GOOS != "windows" && warn != nil && info.Mode().IsRegular() && info.Mode().Perm()&0o066 != 0 {
		warn(fmt.Sprintf("%s is open to other users (mode %04o); `chmod 600` closes it", what, info.Mode().Perm()))
	}
	return nil
}
