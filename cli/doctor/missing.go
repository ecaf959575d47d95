package doctor

import (
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// missing tells of a vault that this machine knows at a place where none is; err
// is why the memory cannot be read.
func (d *doctor) missing(p vault.Place, err error) error {
	const check = "vault"
	d.dir, d.gone = p.Path, true
	if err != nil {
		d.add(health.Finding{Check: check, Level: health.Tampering, Message: failure.Explain(err).Message, Remedy: remedy.To(failure.Forget, remedy.Vault.Named(p.Path))})
		return nil
	}
	way := remedy.To(remedy.PutBackOrForget, remedy.Vault.Named(p.Path))
	message := "this machine knows " + frame.Describe(p) + ", at " + p.Path + ", and it is gone: no other vault is taken in its place"
	if p.Since != "" {
		message += "; it was seen since at " + p.Since
		way = remedy.To(remedy.UseThereOrForget, remedy.Target.Named(p.Since), remedy.Vault.Named(p.Path))
	}
	list, _ := vault.StoppedRestores(filepath.Dir(p.Path))
	for _, r := range list {
		if r.Dir == p.Path {
			way = remedy.To(failure.RestoreOnceMore, remedy.Path.All(r.Left)...)
		}
	}
	d.add(health.Finding{
		Check: check, Level: health.Tampering, Message: message, Remedy: way,
	})
	return nil
}
