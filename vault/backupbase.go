package vault

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/backup"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// BackupBase is a backup that another one can be made since.
type BackupBase struct {
	z    []byte // the head as stored
	head *crypto.SignedHead
	seal crypto.BackupSeal
	mac  crypto.BackupMAC
}

// ReadBase reads a backup to its end, for BackupOptions.Since. It needs no key.
// Codes: those of a file that is not whole, as of OpenBackup.
func ReadBase(file BackupSource) (*BackupBase, error) {
	const op = "backup"
	r, err := backup.NewReader(file.Reader)
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		return nil, backupError(op, file.Name, err)
	}
	seal, mac, _ := r.Seal()
	return &BackupBase{r.Z, r.Head, seal, mac}, nil
}

// checkSince tells whether the vault's state comes from that of the base, under
// the same keys: then every record that is kept and was written up to that
// commit is in the base, or in what it was made since.
func (s *snapshot) checkSince(base *BackupBase) error {
	refuse := func(code Code, message string, err error) error {
		return &SecretError{Code: code, Err: err, Message: message, Remedy: remedy.To(remedy.FullBackup)}
	}
	switch {
	case base.head.Vault != s.head.Vault:
		return refuse(Conflict, "the backup to add to is of another vault", nil)
	case base.head.Pin != s.head.Pin:
		return refuse(Conflict, "the backup to add to was made under other keys: the vault was rotated since", nil)
	}
	err := s.keys.CheckHead(base.head)
	if err == nil {
		err = s.keys.CheckBackup(base.seal, base.mac)
	}
	if err != nil {
		return refuse(Forged, "the backup to add to was not made by this vault", err)
	}
	get := func(seq uint64) ([]byte, error) { return getOrNil(s.r, logKey(seq)) }
	err = crypto.Descends(&s.head.Head, base.head.Point(), get)
	switch {
	case errors.Is(err, crypto.ErrBehind):
		return refuse(Conflict, "the backup to add to is newer than the vault", err)
	case errors.Is(err, crypto.ErrForked), errors.Is(err, crypto.ErrUnproven):
		return refuse(Conflict, "the vault's state does not come from that of the backup to add to", err)
	case errors.Is(err, crypto.ErrForged):
		return refuse(HeadForged, "the log of the vault's heads is damaged", err)
	}
	return err
}

// baseJSON is the form in which a base is sent.
type baseJSON struct {
	Head    []byte `json:"head"`
	Names   uint64 `json:"names"`
	Records uint64 `json:"records"`
	Sum     []byte `json:"sum"`
	MAC     []byte `json:"mac"`
}

// MarshalJSON writes what Backup has to know of the base. It holds no secret.
func (b *BackupBase) MarshalJSON() ([]byte, error) {
	return json.Marshal(baseJSON{b.z, b.seal.Names, b.seal.Records, b.seal.Sum[:], b.mac[:]})
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (b *BackupBase) UnmarshalJSON(text []byte) error {
	var j baseJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	head, err := crypto.ParseHead(j.Head)
	if err != nil {
		return err
	}
	if len(j.Sum) != len(b.seal.Sum) || len(j.MAC) != len(b.mac) {
		return errors.New("not the end of a backup")
	}
	b.z, b.head, b.mac = j.Head, head, crypto.BackupMAC(j.MAC)
	b.seal = crypto.BackupSeal{
		Vault: head.Vault, Head: head.Digest(), Names: j.Names, Records: j.Records, Sum: crypto.Digest(j.Sum),
	}
	return nil
}
