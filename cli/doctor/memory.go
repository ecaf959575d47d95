package doctor

import (
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// leftInMemory looks for folders in memory that nobody needs any more.
func (d *doctor) leftInMemory() {
	const check = "memory"
	found := system.FindLeftovers(d.s.Env)
	for _, path := range found.Stale {
		d.add(health.Finding{
			Check: check, Level: health.Advice, Message: "a tacit that was killed has left values in memory, in " + path,
			Remedy: remedy.To(remedy.RemoveFolders, remedy.Path.Named(path)),
			Fix:    func() (string, error) { return "removed " + path, system.RemoveStale(path) },
		})
	}
	for _, path := range found.Kept {
		d.add(health.Finding{
			Check: check, Level: health.Advice, Message: "what was typed into an editor and could not be stored is kept in memory, in " + path,
			Remedy: remedy.To(failure.TakeAndRemove, remedy.Path.Named(path)),
		})
	}
}
