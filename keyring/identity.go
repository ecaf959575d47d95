package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/textfile"
)

// MaxIdentityFile is the largest identity file, in bytes.
const MaxIdentityFile = crypto.MaxIdentityFile

// Identity is a key from an identity file.
type Identity interface {
	crypto.Key
	// Recipients are the public halves that a slot can be made for, in the
	// file's order: age1…, or an SSH public key; none for an age plugin. For a
	// file that is itself encrypted its passphrase is asked for.
	Recipients() ([]string, error)
}

// FileOptions say how an identity file is used.
type FileOptions struct {
	Warn func(string) // may be nil
	Ask  Asker        // for the passphrase of an encrypted file, and for plugins; nil: nobody can be asked

	// Plugin is called before an age plugin is run; its error ends the search for a key.
	// nil: each plugin that the file names may run.
	Plugin func(name string) error
	Kinds  Kinds // what the program is linked with; without SSH, a private key of it is an [ErrNotLinked]
}

// IdentityFile reads an identity file, a regular file or a FIFO; "-" is standard
// input. It may be
//
//   - an age identity file: X25519, post-quantum, and plugin identities;
//   - such a file encrypted with a passphrase, armored or not;
//   - an SSH private key, ssh-ed25519 or ssh-rsa, encrypted or not: an
//     [ErrNotLinked] where the options have no kind for it.
//
// A passphrase is asked for when the key is first needed, and once. Options.Warn
// is told when a regular file can be read or written by others than its owner. A
// missing file wraps [io/fs.ErrNotExist]; one without an identity in it,
// [ErrEmpty]; a folder, [ErrSource]; one above [MaxIdentityFile], [ErrTooBig];
// any other content, [crypto.ErrMalformed].
func IdentityFile(path string, o FileOptions) (Identity, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("identity file: %w", err)
		}
		defer f.Close()
	}
	what := "identity file " + path
	if err := checkAccess(f, what, o.Warn); err != nil {
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
	id, err := parse(what, path, data, o)
	if err != nil {
		return nil, err
	}
	return id, nil
}

// IdentityText is [IdentityFile] of a file's content. The name is for messages,
// and is not secret.
func IdentityText(name string, data []byte, o FileOptions) (Identity, error) {
	if len(data) > MaxIdentityFile {
		return nil, fmt.Errorf("%s %w: more than %d KiB", name, ErrTooBig, MaxIdentityFile>>10)
	}
	return parse(name, "", data, o)
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

// parse finds out what kind of file it is.
func parse(what, path string, data []byte, o FileOptions) (Identity, error) {
	is16 := textfile.IsUTF16(data)
	data, err := textfile.UTF8(data)
	if err != nil {
		return nil, fmt.Errorf("%s %w: it is %w", what, ErrSource, err)
	}
	if is16 {
		defer clear(data) // a copy
	}
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return nil, fmt.Errorf("%s %w", what, ErrEmpty)
	case isAgeFile(text):
		return newEncryptedFile(what, data, o), nil
	case bytes.HasPrefix(text, []byte("-----BEGIN ")):
		return parseSSH(what, path, data, o)
	}
	id, err := parseLines(what, data, o)
	if err != nil {
		return nil, err // not an Identity that holds a nil
	}
	return id, nil
}

// parseSSH reads an SSH private key.
func parseSSH(what, path string, data []byte, o FileOptions) (Identity, error) {
	if err := o.Kinds.Check(crypto.KindSSH); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	id, err := o.Kinds.SSH.Identity(what, path, data, o)
	if err != nil {
		return nil, err // not an Identity that holds a nil
	}
	return id, nil
}

// parseLines reads an age identity file.
func parseLines(what string, data []byte, o FileOptions) (*ageFile, error) {
	native, plugins, err := splitPlugins(data, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer clear(native)
	key, err := crypto.Identities(what, bytes.NewReader(native))
	switch {
	case errors.Is(err, crypto.ErrNoIdentity) && len(plugins) > 0:
		key = nil
	case errors.Is(err, crypto.ErrNoIdentity):
		return nil, fmt.Errorf("%s %w: there is no identity in it", what, ErrEmpty)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return &ageFile{name: what, native: key, plugins: plugins}, nil
}

// ageFile is the identities of an age identity file.
type ageFile struct {
	name    string
	native  *crypto.IdentityFile // nil where there are plugins' only
	plugins []pluginIdentity
}

var _ Identity = (*ageFile)(nil)

func (f *ageFile) Name() string { return f.name }

func (f *ageFile) Recipients() ([]string, error) {
	if f.native == nil {
		return nil, nil
	}
	return f.native.Recipients(), nil
}

// Unwrap opens slots of kind age by age's own identities, and those of kind
// plugin by the plugins that the file names.
func (f *ageFile) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	switch {
	case s.Kind == crypto.KindPlugin:
		return unwrapPlugins(ctx, f.plugins, s, file)
	case f.native != nil:
		return f.native.Unwrap(ctx, s, file)
	}
	return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
}

// others are the bits that let others at a file who have no business there. One that
// belongs to somebody else was put there for this user, who reads it by its group: so
// are the secrets that Kubernetes mounts.
func others(info fs.FileInfo) fs.FileMode {
	if ownedElsewhere(info) {
		return 0o026
	}
	return 0o066
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
	if runtime.GOOS != "windows" && warn != nil && info.Mode().IsRegular() && info.Mode().Perm()&others(info) != 0 {
		warn(fmt.Sprintf("%s is open to other users (mode %04o); `chmod 600` closes it", what, info.Mode().Perm()))
	}
	return nil
}
