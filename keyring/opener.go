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
)

// Opener opens plain age files, which have nothing of a vault about them, with
// the identities of identity files. It may be used from several goroutines.
type Opener struct {
	identities []Identity

	mu    sync.Mutex // guards ready
	ready []age.Identity
}

// NewOpener takes identities as [IdentityFile] gives them. What is encrypted is
// opened, and its passphrase asked for, when the first file is.
func NewOpener(identities ...Identity) *Opener { return &Opener{identities: identities} }

// Open is what an age file holds, armored or not, at most most bytes of it. Errors
// wrap [ErrWrongKey] where no identity fits, [ErrTooBig], [ErrMalformed] for what
// is no age file or was changed, or [ErrUnavailable] where a passphrase could not
// be had. ctx ends what is asked, not what is computed.
func (o *Opener) Open(ctx context.Context, file []byte, most int) ([]byte, error) {
	identities, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	var r io.Reader = bytes.NewReader(file)
	if text := bytes.TrimSpace(file); bytes.HasPrefix(text, []byte(armor.Header)) {
		r = armor.NewReader(bytes.NewReader(text))
	}
	plain, err := age.Decrypt(r, identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, fmt.Errorf("%w: it is encrypted for other keys", ErrWrongKey)
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrNotLinked), errors.Is(err, context.Canceled):
		return nil, err
	case err != nil: // age's text may quote the file
		return nil, fmt.Errorf("%w: not an age file, or one that was changed", ErrMalformed)
	}
	var out bytes.Buffer
	out.Grow(min(len(file), most+1))
	if _, err := io.Copy(&out, io.LimitReader(plain, int64(most)+1)); err != nil {
		clear(out.Bytes())
		return nil, fmt.Errorf("%w: an age file that was changed or cut short", ErrMalformed)
	}
	if out.Len() > most {
		clear(out.Bytes())
		return nil, fmt.Errorf("the file %w: more than %d KiB are in it", ErrTooBig, most>>10)
	}
	return out.Bytes(), nil
}

// open opens the identities, once.
func (o *Opener) open(ctx context.Context) ([]age.Identity, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ready != nil {
		return o.ready, nil
	}
	var all []age.Identity
	for _, i := range o.identities {
		plain, ok := i.(AgeIdentity)
		if !ok {
			return nil, fmt.Errorf("%w: %s opens no age files", ErrMalformed, i.Name())
		}
		opened, err := plain.AgeIdentities(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, opened...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: no identity", ErrEmpty)
	}
	o.ready = all
	return all, nil
}

var _, _ AgeIdentity = (*encryptedFile)(nil), (*ageFile)(nil)

// AgeIdentities decrypts the file.
func (f *encryptedFile) AgeIdentities(ctx context.Context) ([]age.Identity, error) {
	inner, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	return inner.AgeIdentities(ctx)
}

// AgeIdentities are those of the file, and its plugins.
func (f *ageFile) AgeIdentities(ctx context.Context) (all []age.Identity, _ error) {
	if f.native != nil {
		all = f.native.AgeIdentities()
	}
	for _, p := range f.plugins {
		all = append(all, &oneByOne{Identity: pluginOpener{ctx, p}})
	}
	return all, nil
}

// oneByOne is an identity that may ask, and is asked one thing at a time.
type oneByOne struct {
	mu sync.Mutex // guards Identity
	age.Identity
}

func (i *oneByOne) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.Identity.Unwrap(stanzas)
}

// pluginOpener runs a plugin as one of an identity file is run for a slot.
type pluginOpener struct {
	ctx context.Context
	p   pluginIdentity
}

func (o pluginOpener) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	return o.p.say.run(o.ctx, o.p.Name(), func() ([]byte, error) { return o.p.Unwrap(stanzas) })
}
