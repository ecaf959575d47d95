package keyring

import "github.com/tacit-vault/tacit/crypto"

// TPMName is what a TPM is called as a key, linked or not.
const TPMName = "TPM"

// TPMOptions say where the TPM is and who is asked for a PIN.
type TPMOptions struct {
	Device string // a character device, or unix:PATH of a socket; "": /dev/tpmrm0, else /dev/tpm0
	Ask    Asker  // nil: nobody
}

// NewTPMLock is the lock of a TPM; device is as in [TPMOptions]. A slot with a
// PIN, of at most 32 bytes, is protected against guessing by the TPM itself. One
// that is bound to platform configuration registers, of the SHA-256 bank, opens
// only while they are what they are when it is made: mind updates of firmware
// and kernel. The error wraps ErrMalformed.
func (k Kinds) NewTPMLock(device string, pin []byte, pcrs []int) (Lock, error) {
	if err := k.Check(crypto.KindTPM); err != nil {
		return nil, err
	}
	return k.TPM.Lock(device, pin, pcrs)
}

// TPMKey is this machine's TPM as a key. It is not touched unless there is a
// slot for it.
func (k Kinds) TPMKey(o TPMOptions) Key {
	if k.TPM == nil {
		return absent{crypto.KindTPM, TPMName}
	}
	return k.TPM.Key(o)
}

// ProbeTPM tells whether there is a TPM that this user may use, without a word
// to it. The error wraps [crypto.ErrUnavailable].
func (k Kinds) ProbeTPM(device string) error {
	if err := k.Check(crypto.KindTPM); err != nil {
		return err
	}
	return k.TPM.Probe(device)
}
