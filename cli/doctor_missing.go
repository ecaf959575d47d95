package cli

import (
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/shell"
)

// missing tells of a vault that this machine knows at a place where none is; err
// is why the memory cannot be read.
func (d *doctor) missing(p vault.Place, err error) error {
	const check = "vault"
	d.dir, d.gone = p.Path, true
	if err != nil {
		d.add(health.Finding{Check: check, Level: health.Tampering, Message: explain(err).message, Remedy: forgetting(p.Path)})
		return nil
	}
	remedy := "put it back, or: tacit restore --vault " + shell.QuotePath(p.Path) + " FILE; if it is gone for good: " + forgetting(p.Path)
	message := "this machine knows " + describe(p) + ", at " + p.Path + ", and it is gone: no other vault is taken in its place"
	if p.Since != "" {
		message += "; it was seen since at " + p.Since
		remedy = "put it back, or use it there: --vault " + shell.QuotePath(p.Since) + "; if it will not come back here: " + forgetting(p.Path)
	}
	list, _ := vault.StoppedRestores(filepath.Dir(p.Path))
	for _, r := range list {
		if r.Dir == p.Path {
			remedy = "a restore to here was cut short, or is under way: the same tacit restore again clears away " + shell.QuotePaths(r.Left)
		}
	}
	d.add(health.Finding{
		Check: check, Level: health.Tampering, Message: message, Remedy: remedy,
	})
	return nil
}

// forgetting is the command that makes this machine forget a place.
func forgetting(path string) string { return "tacit trust --forget " + shell.QuotePath(path) }
