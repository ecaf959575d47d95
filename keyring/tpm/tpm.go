// Package tpm seals key slots to this machine's TPM 2.0. A program that imports it hands
// it to package keyring:
//
//	kinds := keyring.Kinds{TPM: tpm.Kind{}}
//	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{kinds.TPMKey(keyring.TPMOptions{})}})
package tpm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/google/go-tpm/tpm2"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
)

// A TPM slot is an age file whose file key is sealed by this machine's TPM 2.0:
// nothing but the TPM can give it back, to who knows the PIN, where there is
// one, and while the platform registers are what they were, where it is bound to
// them. The stanza is
//
//	-> tacit-tpm v1 <registers, as 0+7, or -> <pin or ->
//	TPM2B_PUBLIC | TPM2B_PRIVATE of the sealed object, as the TPM gives them
//
// The object's parent is the owner's ECC storage key by the TCG's template.

const redacted = "[redacted]"

// maxPIN is the longest PIN, in bytes: what a TPM takes for SHA-256 objects.
const maxPIN = 32

// maxSealed is the largest body of a stanza, in bytes: some 300 are used.
const maxSealed = 2 << 10

// Kind is the TPM of this machine.
type Kind struct{}

// tpmLock seals to a TPM.
type tpmLock struct {
	device string
	pin    []byte
	pcrs   []int
}

var (
	_ keyring.TPM   = Kind{}
	_ keyring.Lock  = (*tpmLock)(nil)
	_ age.Recipient = tpmRecipient{}
)

// Lock seals to the TPM.
func (Kind) Lock(device string, pin []byte, pcrs []int) (keyring.Lock, error) {
	if len(pin) > maxPIN {
		return nil, keyring.Refusal(fmt.Sprintf("a PIN has at most %d bytes", maxPIN))
	}
	sorted := slices.Clone(pcrs)
	slices.Sort(sorted)
	if _, _, ok := keyring.TPMBinding(keyring.TPMPublic(sorted, false)); !ok {
		return nil, keyring.Refusal(fmt.Sprintf("at most %d registers from 0 to %d, each once", keyring.MaxPCRs, keyring.MaxPCR))
	}
	return &tpmLock{device, slices.Clone(pin), sorted}, nil
}

func (l *tpmLock) Kind() string   { return crypto.KindTPM }
func (l *tpmLock) Public() string { return keyring.TPMPublic(l.pcrs, len(l.pin) > 0) }

// PostQuantum is true: a TPM keeps what it seals by symmetric keys of its own.
func (l *tpmLock) PostQuantum() bool { return true }

// String hides the PIN.
func (l *tpmLock) String() string { return redacted }

// GoString hides the PIN.
func (l *tpmLock) GoString() string { return redacted }

// Wrap seals a slot's plaintext.
func (l *tpmLock) Wrap(plaintext []byte) ([]byte, error) {
	return crypto.SealSlotFile(plaintext, tpmRecipient{l})
}

// tpmRecipient is the lock as age knows it: it seals a file key.
type tpmRecipient struct{ lock *tpmLock }

// Wrap makes the stanza.
func (r tpmRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	t, err := openTPM(r.lock.device)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	body, err := t.seal(fileKey, r.lock.pin, r.lock.pcrs)
	if err != nil {
		return nil, tpmError(err, r.lock.pcrs)
	}
	header := strings.Fields(r.lock.Public())
	return []*age.Stanza{{Type: header[0], Args: header[1:], Body: body}}, nil
}

// tpmKey opens slots of kind tpm.
type tpmKey struct{ o keyring.TPMOptions }

var _ keyring.Key = tpmKey{}

// Key is this machine's TPM as a key. It is not touched unless there is a
// slot for it.
func (Kind) Key(o keyring.TPMOptions) keyring.Key { return tpmKey{o} }

// Name is "TPM".
func (tpmKey) Name() string { return keyring.TPMName }

// Unwrap has the TPM unseal the slot's file key, asking for the PIN where there
// is one.
func (k tpmKey) Unwrap(ctx context.Context, s crypto.Slot, file []byte) ([]byte, error) {
	if s.Kind != crypto.KindTPM {
		return nil, fmt.Errorf("%w: a slot of kind %s", keyring.ErrWrongKey, s.Kind)
	}
	return crypto.OpenSlotFile(file, func(stanza *age.Stanza) ([]byte, error) {
		sealed, err := parseSealed(stanza)
		if err != nil {
			return nil, err
		}
		t, err := openTPM(k.o.Device)
		if err != nil {
			return nil, err
		}
		defer t.Close()
		return k.unseal(ctx, t, s, sealed)
	})
}

func (k tpmKey) unseal(ctx context.Context, t *tpm, s crypto.Slot, sealed sealedKey) ([]byte, error) {
	if !sealed.pin {
		key, err := t.unseal(sealed, nil)
		return key, tpmError(err, sealed.pcrs)
	}
	for range keyring.AskTries {
		if k.o.Ask == nil {
			return nil, fmt.Errorf("%w: the TPM slot %s has a PIN, and nobody can be asked for it", keyring.ErrUnavailable, s.Label)
		}
		pin, err := k.o.Ask.Secret(ctx, "PIN of the key slot "+s.Label)
		if err != nil {
			return nil, err
		}
		key, err := t.unseal(sealed, pin)
		clear(pin)
		if errors.Is(err, tpm2.TPMRCAuthFail) || errors.Is(err, tpm2.TPMRCBadAuth) {
			continue
		}
		return key, tpmError(err, sealed.pcrs)
	}
	return nil, fmt.Errorf("%w: the PIN of the TPM slot %s was wrong %d times", keyring.ErrUnavailable, s.Label, keyring.AskTries)
}

// sealedKey is what a stanza holds.
type sealedKey struct {
	public  tpm2.TPM2BPublic
	private tpm2.TPM2BPrivate
	pcrs    []int
	pin     bool
}

// parseSealed reads a stanza, which may be hostile. The error wraps ErrMalformed.
func parseSealed(stanza *age.Stanza) (k sealedKey, err error) {
	bad := fmt.Errorf("%w: TPM stanza", keyring.ErrMalformed)
	var ok bool
	k.pcrs, k.pin, ok = keyring.TPMBinding(stanza.Type + " " + strings.Join(stanza.Args, " "))
	if !ok || len(stanza.Args) != 3 || len(stanza.Body) > maxSealed {
		return k, bad
	}
	public, rest, ok := cut2B(stanza.Body)
	if !ok {
		return k, bad
	}
	private, rest, ok := cut2B(rest)
	if !ok || len(rest) > 0 {
		return k, bad
	}
	k.public = tpm2.BytesAs2B[tpm2.TPMTPublic](public)
	contents, err := k.public.Contents()
	if err != nil || contents.Type != tpm2.TPMAlgKeyedHash || contents.NameAlg != tpm2.TPMAlgSHA256 {
		return k, bad
	}
	k.private = tpm2.TPM2BPrivate{Buffer: private}
	return k, nil
}

// cut2B takes a value behind its 16-bit length off b.
func cut2B(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || len(b)-2 < n {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}

// tpmError says what a TPM's answer means, and the way out.
func tpmError(err error, pcrs []int) error {
	var why string
	switch {
	case err == nil || errors.Is(err, keyring.ErrUnavailable):
		return err
	case errors.Is(err, tpm2.TPMRCIntegrity):
		why = "it is not the TPM that the slot was made with, or it was cleared since: add a slot for this one"
	case errors.Is(err, tpm2.TPMRCPolicyFail), errors.Is(err, tpm2.TPMRCPCRChanged), errors.Is(err, tpm2.TPMRCValue):
		why = fmt.Sprintf("its registers %v are not what they were when the slot was made: after an update of firmware or system, open the vault with another key and add the slot again", pcrs)
	case errors.Is(err, tpm2.TPMRCLockout):
		why = "it is locked, after too many wrong PINs: wait, or reset it with tpm2_dictionarylockout"
	case errors.Is(err, tpm2.TPMRCAuthFail), errors.Is(err, tpm2.TPMRCBadAuth):
		why = "the PIN is wrong"
	case errors.Is(err, tpm2.TPMRCRetry), errors.Is(err, tpm2.TPMRCObjectMemory), errors.Is(err, tpm2.TPMRCSessionMemory):
		why = "it is busy: try again"
	default:
		return fmt.Errorf("%w: the TPM: %w", keyring.ErrUnavailable, err)
	}
	return fmt.Errorf("%w: the TPM: %s", keyring.ErrUnavailable, why)
}

// Probe tells whether there is a TPM that this user may use, without a word
// to it. The error wraps [crypto.ErrUnavailable].
func (Kind) Probe(device string) error {
	t, err := openTPM(device)
	if err != nil {
		return err
	}
	return t.Close()
}

// noTPM is the error of a system on which no TPM is used.
func noTPM(goos string) error {
	return fmt.Errorf("%w: on %s tacit uses no TPM, only on Linux; use another key", keyring.ErrUnavailable, keyring.SystemName(goos))
}
