package crypto

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// BackupSeal is what the end of a backup says about all that comes before it.
type BackupSeal struct {
	Vault   ID
	Head    Digest // of the head that the backup is of
	Names   uint64 // names in the backup
	Records uint64 // records in it
	Sum     Digest // SHA-256 of every byte before the end
}

// BackupMAC is an authenticator of a BackupSeal.
type BackupMAC [sha256.Size]byte

// SealBackup authenticates a backup of the keys' vault. The error is ErrWiped,
// or wraps ErrMalformed for a backup of another vault.
func (k *Keys) SealBackup(s BackupSeal) (mac BackupMAC, err error) {
	if s.Vault != k.id {
		return mac, fmt.Errorf("%w: backup of another vault", ErrMalformed)
	}
	key, err := k.BackupKey()
	if err != nil {
		return mac, err
	}
	defer clear(key)
	m := hmac.New(sha256.New, key)
	m.Write(Encode("tacit/1/backup", s.Vault[:], s.Head[:], Number(s.Names), Number(s.Records), s.Sum[:]))
	return BackupMAC(m.Sum(nil)), nil
}

// CheckBackup tells whether somebody who had the vault identity made the
// backup. The error wraps ErrForged, or is ErrWiped.
func (k *Keys) CheckBackup(s BackupSeal, mac BackupMAC) error {
	if s.Vault != k.id {
		return fmt.Errorf("%w: backup of another vault", ErrForged)
	}
	want, err := k.SealBackup(s)
	if err != nil {
		return err
	}
	if !hmac.Equal(want[:], mac[:]) {
		return fmt.Errorf("%w: MAC of the backup", ErrForged)
	}
	return nil
}
