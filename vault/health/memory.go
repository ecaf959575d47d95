package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Memory looks at the folder in which this machine remembers vaults. now is by
// the file system's clock.
func Memory(d anchor.Dir, vault string, now time.Time) (found []Finding) {
	const check = "memory"
	add := func(l Level, message string, way remedy.Remedy, mend func() (string, error)) {
		found = append(found, Finding{check, l, message, way, mend})
	}
	info, err := os.Lstat(d.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		add(Advice, "this machine remembers no vault, so it cannot tell if this one is rolled back", remedy.To(remedy.RememberVault), nil)
		return found
	case err != nil:
		add(Fault, fmt.Sprintf("the state folder %s cannot be looked at: %v", d.Path, err), on(remedy.LookAt, d.Path), nil)
		return found
	}
	if !info.IsDir() {
		add(Fault, "the state folder "+d.Path+" is "+kindOf(info.Mode())+": this machine remembers no vault", instead(d.Path).OrElse(remedy.To(remedy.NameOtherState)), nil)
		return found
	}
	if perm := info.Mode().Perm(); hasModes && perm&0o077 != 0 {
		add(Fault, fmt.Sprintf("the state folder %s lets others in (mode %04o), who could make this machine forget", d.Path, perm), on(remedy.CloseFolder, d.Path), chmodFix(d.Path, 0o700))
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		add(Fault, fmt.Sprintf("the state folder %s belongs to another user (uid %d)", d.Path, uid), give(remedy.TakeOwnershipAll, os.Geteuid(), d.Path), nil)
	}
	for _, sub := range []string{"", "vaults", "paths", "announced"} {
		path := filepath.Join(d.Path, sub)
		info, err := os.Lstat(path)
		switch {
		case err != nil:
		case !info.IsDir():
			add(Fault, path+", in the state folder, is "+kindOf(info.Mode())+", and should be a folder", instead(path), nil)
		case !writable(path):
			add(Fault, "the state folder "+path+" cannot be written: rollbacks from now on go unnoticed", on(remedy.LetOwnerWrite, path).OrElse(remedy.To(remedy.NameOtherState)), nil)
		}
	}
	if temps := d.Temps(now); len(temps) > 0 {
		add(Advice, fmt.Sprintf("the state folder holds files of changes that were cut short, %d (%s)", len(temps), temps[0]), removeAll(temps), func() (string, error) {
			return "removed the leftovers of the state folder", d.RemoveTemps(now)
		})
	}
	found = append(found, place(check, d.Path, vault)...)
	if len(found) == 0 {
		add(OK, "this machine remembers vaults in "+d.Path, remedy.Remedy{}, nil)
	}
	return found
}

// place looks where the memory lies. To be on the vault's own disk is the rule
// at home, and says nothing; on a disk that is carried about it does.
func place(check, state, vault string) []Finding {
	advice := func(message string) []Finding {
		return []Finding{{check, Advice, message, remedy.To(remedy.NameStateElsewhere), nil}}
	}
	if kind, ok := typeOf(state); ok && (kind.trait == memory || kind.trait == layer) {
		return advice("the state folder lies on " + kind.name + ": what this machine remembers does not last")
	}
	if inside(state, vault) {
		return advice("the state folder lies in the vault's: anyone who puts back the one puts back the other")
	}
	home, _ := os.UserHomeDir()
	same := func(a, b string) bool {
		x, errA := os.Stat(a)
		y, errB := os.Stat(b)
		if errA != nil || errB != nil {
			return false
		}
		dx, okX := deviceOf(x)
		dy, okY := deviceOf(y)
		return okX && okY && dx == dy
	}
	if same(state, vault) && !same(state, home) && !same(state, string(filepath.Separator)) {
		return advice("the state folder lies on the vault's own disk, which is not that of your home: anyone who puts back the one puts back the other")
	}
	return nil
}

// writable tries it the way it will be done, because modes do not tell all.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}
