package tpm

import (
	"errors"
	"io"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// tpm is a TPM that is open.
type tpm struct {
	transport.TPM
	conn io.ReadWriteCloser
}

func (t *tpm) Close() error { return t.conn.Close() }

// parent is the owner's storage key, loaded.
type parent struct {
	t      *tpm
	handle tpm2.TPMHandle
	name   tpm2.TPM2BName
	public tpm2.TPMTPublic
}

// loadParent makes the storage key anew, which always gives the same one.
func (t *tpm) loadParent() (*parent, error) {
	r, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(t)
	if err != nil {
		return nil, err
	}
	public, err := r.OutPublic.Contents()
	p := &parent{t: t, handle: r.ObjectHandle, name: r.Name}
	if err != nil {
		return nil, errors.Join(err, p.flush())
	}
	p.public = *public
	return p, nil
}

func (p *parent) flush() error { return t2flush(p.t, p.handle) }

// t2flush takes an object out of the TPM, which has room for three or so.
func t2flush(t *tpm, handle tpm2.TPMHandle) error {
	_, err := tpm2.FlushContext{FlushHandle: handle}.Execute(t)
	return err
}

// nonce is the size of a session's nonces, in bytes.
const nonce = 16

// private are the options of a session whose secrets nobody on the way to the
// TPM can read: its key is agreed on with the storage key.
func (p *parent) private(direction tpm2.AuthOption) []tpm2.AuthOption {
	return []tpm2.AuthOption{tpm2.Salted(p.handle, p.public), direction}
}

// auth lets a command use the storage key.
func (p *parent) auth(options ...tpm2.AuthOption) tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: p.handle, Name: p.name, Auth: tpm2.HMAC(tpm2.TPMAlgSHA256, nonce, options...)}
}

func pcrSelection(pcrs []int) tpm2.TPMLPCRSelection {
	numbers := make([]uint, len(pcrs))
	for i, n := range pcrs {
		numbers[i] = uint(n)
	}
	return tpm2.TPMLPCRSelection{PCRSelections: []tpm2.TPMSPCRSelection{
		{Hash: tpm2.TPMAlgSHA256, PCRSelect: tpm2.PCClientCompatible.PCRs(numbers...)},
	}}
}

// require puts what a slot is bound to into a policy session: the registers as
// they are now, and the PIN.
func (t *tpm) require(session tpm2.TPMISHPolicy, pcrs []int, pin bool) error {
	if _, err := (tpm2.PolicyPCR{PolicySession: session, Pcrs: pcrSelection(pcrs)}).Execute(t); err != nil {
		return err
	}
	if !pin {
		return nil
	}
	_, err := tpm2.PolicyAuthValue{PolicySession: session}.Execute(t)
	return err
}

// policyDigest is the digest of that policy.
func (t *tpm) policyDigest(pcrs []int, pin bool) (digest tpm2.TPM2BDigest, err error) {
	session, end, err := tpm2.PolicySession(t, tpm2.TPMAlgSHA256, nonce, tpm2.Trial())
	if err != nil {
		return digest, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if err := t.require(session.Handle(), pcrs, pin); err != nil {
		return digest, err
	}
	r, err := tpm2.PolicyGetDigest{PolicySession: session.Handle()}.Execute(t)
	if err != nil {
		return digest, err
	}
	return r.PolicyDigest, nil
}

// seal has the TPM seal a file key, and returns the object's public and private
// parts.
func (t *tpm) seal(fileKey, pin []byte, pcrs []int) (sealed []byte, err error) {
	p, err := t.loadParent()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.flush()) }()
	template := tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgKeyedHash,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true,
			UserWithAuth: len(pcrs) == 0, // else the policy alone opens it
			NoDA:         len(pin) == 0,  // guessing at a PIN is to be slow
		},
	}
	if len(pcrs) > 0 {
		if template.AuthPolicy, err = t.policyDigest(pcrs, len(pin) > 0); err != nil {
			return nil, err
		}
	}
	r, err := tpm2.Create{
		ParentHandle: p.auth(p.private(tpm2.AESEncryption(128, tpm2.EncryptIn))...),
		InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
			UserAuth: tpm2.TPM2BAuth{Buffer: pin},
			Data:     tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: fileKey}),
		}},
		InPublic: tpm2.New2B(template),
	}.Execute(t)
	if err != nil {
		return nil, err
	}
	return append(tpm2.Marshal(r.OutPublic), tpm2.Marshal(r.OutPrivate)...), nil
}

// unseal has the TPM give a file key back.
func (t *tpm) unseal(k sealedKey, pin []byte) (fileKey []byte, err error) {
	p, err := t.loadParent()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.flush()) }()
	object, err := tpm2.Load{
		ParentHandle: p.auth(tpm2.Salted(p.handle, p.public)), InPublic: k.public, InPrivate: k.private,
	}.Execute(t)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t2flush(t, object.ObjectHandle)) }()
	options := append(p.private(tpm2.AESEncryption(128, tpm2.EncryptOut)), tpm2.Auth(pin))
	session := tpm2.HMAC(tpm2.TPMAlgSHA256, nonce, options...)
	if len(k.pcrs) > 0 {
		session = tpm2.Policy(tpm2.TPMAlgSHA256, nonce, func(_ transport.TPM, h tpm2.TPMISHPolicy, _ tpm2.TPM2BNonce) error {
			return t.require(h, k.pcrs, k.pin)
		}, options...)
	}
	r, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{Handle: object.ObjectHandle, Name: object.Name, Auth: session}}.Execute(t)
	if err != nil {
		return nil, err
	}
	return r.OutData.Buffer, nil
}
