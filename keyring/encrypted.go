package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/tacit-vault/tacit/crypto"
)

// AskTries is how often a passphrase may be given wrong.
const AskTries = 3

// maxFileLogN is the highest work factor of an encrypted identity file: four
// seconds and 1 GiB. age itself makes them with 18.
const maxFileLogN = 20

// isAgeFile tells whether it is an age file, armored or not.
func isAgeFile(text []byte) bool {
	return bytes.HasPrefix(text, []byte(armor.Header)) || bytes.HasPrefix(text, []byte("age-encryption.org/v1\n"))
}

// encryptedFile is an age identity file that is encrypted with a passphrase.
type encryptedFile struct {
	name string
	data []byte
	o    FileOptions

	mu    sync.Mutex // guards inner
	inner *ageFile   // nil until the passphrase was given
}

var _ Identity = (*encryptedFile)(nil)

func newEncryptedFile(what string, data []byte, o FileOptions) *encryptedFile {
	return &encryptedFile{name: what, data: bytes.Clone(data), o: o}
}

func (f *encryptedFile) Name() string { return f.name }

func (f *encryptedFile) Recipients() ([]string, error) {
	inner, err := f.open(context.Background())
	if err != nil {
		return nil, err
	}
	return inner.Recipients()
}

// Unwrap asks for the passphrase where the slot is of a kind that may be in the
// file.
func (f *encryptedFile) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	if s.Kind != crypto.KindAge && s.Kind != crypto.KindPlugin {
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	}
	inner, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	return inner.Unwrap(ctx, s, file)
}

// open decrypts the file, once.
func (f *encryptedFile) open(ctx context.Context) (*ageFile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inner != nil {
		return f.inner, nil
	}
	if f.o.Ask == nil {
		return nil, fmt.Errorf("%w: %s is encrypted, and nobody can be asked for its passphrase", ErrUnavailable, f.name)
	}
	for range AskTries {
		phrase, err := f.o.Ask.Secret(ctx, "Passphrase of "+f.name)
		if err != nil {
			return nil, err
		}
		text, err := f.decrypt(phrase)
		clear(phrase)
		if errors.Is(err, ErrWrongKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer clear(text)
		if isAgeFile(bytes.TrimSpace(text)) {
			return nil, fmt.Errorf("%s: %w: an encrypted file in an encrypted file", f.name, ErrMalformed)
		}
		f.inner, err = parseLines(f.name, text, f.o)
		return f.inner, err
	}
	return nil, fmt.Errorf("%w: the passphrase of %s was wrong %d times", ErrUnavailable, f.name, AskTries)
}

// maxWords is how long an error of age's may be to be passed on, in bytes.
const maxWords = 200

// decrypt wraps ErrWrongKey for another passphrase.
func (f *encryptedFile) decrypt(phrase []byte) ([]byte, error) {
	if len(phrase) == 0 {
		return nil, ErrWrongKey
	}
	i, err := age.NewScryptIdentity(string(phrase))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	i.SetMaxWorkFactor(maxFileLogN)
	var r io.Reader = bytes.NewReader(f.data)
	if text := bytes.TrimSpace(f.data); bytes.HasPrefix(text, []byte(armor.Header)) {
		r = armor.NewReader(bytes.NewReader(text))
	}
	plain, err := age.Decrypt(r, i)
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(plain, MaxIdentityFile+1))
	}
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, ErrWrongKey
	case err != nil:
		// age's own words: of its header, never of what is inside. They can quote
		// a line that is of any length.
		words := err.Error()
		if len(words) > maxWords {
			words = "not an age file, or one that was changed"
		}
		return nil, fmt.Errorf("%s: %w: %s", f.name, ErrMalformed, words)
	case len(text) > MaxIdentityFile:
		clear(text)
		return nil, fmt.Errorf("%s %w: more than %d KiB", f.name, ErrTooBig, MaxIdentityFile>>10)
	}
	return text, nil
}
