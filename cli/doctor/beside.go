package doctor

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// beside looks at what commands that were killed have left beside the vault, and
// in the current folder, where backups and exports mostly go.
func (d *doctor) beside(ctx context.Context, now time.Time) {
	d.add(health.Restores(ctx, d.dir, now, func(dir string) (func(), error) { return frame.WithoutAgent(ctx, d.s, dir) })...)
	folders := []string{filepath.Dir(d.dir)}
	if wd, err := d.s.Getwd(); err == nil {
		folders = append(folders, wd)
	}
	d.add(health.Unfinished(now, folders...)...)
}

// noVault is what there is to say where no vault is: a restore to there may have
// been cut short.
func (d *doctor) noVault(dir, real string) error {
	if real == "" { // the folder itself is not there
		real, _ = filepath.Abs(dir)
	}
	if p, known, err := vault.Remembered(dir, d.s.State); known || err != nil {
		return d.missing(p, err)
	}
	f := failure.Fault(vault.NoVault, "doctor %s: there is no vault here", dir).Remedied(remedy.MakeVault, remedy.Path.Named(dir))
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() && info.Mode()&os.ModeSymlink == 0 {
		f = failure.Fault(vault.NoVault, "doctor %s: not a folder, so not a vault", dir).Hinted("rename or remove what is called so, or name a vault with --vault DIR")
	}
	list, _ := vault.StoppedRestores(filepath.Dir(real))
	for _, r := range list {
		if r.Dir == real {
			f.Detail = "a restore to here was cut short, or is under way; it left " + r.Left[0]
			f.Hint = "the same restore again clears that away"
			if r.Destroyed() {
				f.Detail = "a destroy of the vault here was cut short, or is under way; it left " + r.Left[0]
				f.Hint = failure.HintOf("delete that folder; {tacit init} makes a new vault here")
			}
		}
	}
	return f
}
