package doctor

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// strayCredentials looks, in a vault that a folder has, for what git's and docker's
// helpers stored when they looked for one there: tokens of this user, in a vault
// that others may hold keys to. Deleted ones stay readable until they are purged.
func (d *doctor) strayCredentials(ctx context.Context, v interface {
	List(ctx context.Context, o vault.ListOptions) ([]vault.Info, error)
},
) {
	if _, ok := vault.OfDotName(filepath.Base(d.dir)); !ok && !d.discovered {
		return
	}
	stored := regexp.MustCompile(`_[0-9a-f]{12}$`) // see credentialName
	var names []string
	for _, prefix := range []string{protocols.GitPrefix, protocols.DockerPrefix} {
		list, err := v.List(ctx, vault.ListOptions{Prefix: prefix + "_", Deleted: true})
		if err != nil {
			return // told by what looks at the vault
		}
		for _, in := range list {
			if stored.MatchString(in.Name) {
				names = append(names, in.Name)
			}
		}
	}
	if len(names) == 0 {
		return
	}
	const most = 5
	told := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		told += ", …"
	}
	d.add(health.Finding{
		Check: "credentials", Level: health.Advice,
		Message: "what git or docker was given lies in the vault of this folder, " + frame.Count(len(names), "credential") + " (" + told +
			"): anyone with a key to the vault can read it, and their helpers do not look here any more",
		Remedy: remedy.To(failure.PurgeCredential, remedy.Secret.Named(names[0])),
	})
}
