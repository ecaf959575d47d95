package health

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

const beside = "beside"

// Restores looks for what killed restores have left beside the vault in dir, to
// its place or to others. It may hold a whole vault of before, which opens with
// keys that were removed since. aside has an agent give the vault away.
func Restores(ctx context.Context, dir string, now time.Time, aside func(dir string) (release func(), err error)) (found []Finding) {
	list, _ := vault.StoppedRestores(filepath.Dir(dir)) // what cannot be listed, Parents and Folder tell
	for _, r := range list {
		if !own(r.Left) || underWay(ctx, r) {
			continue
		}
		message := strings.Join(r.Left, " and ") + " was left by a restore that was cut short; keys that were removed since may open it"
		way := remedy.To(remedy.RemoveFolders, remedy.Path.All(r.Left)...)
		if r.Destroyed() {
			message = strings.Join(r.Left, " and ") + " was left by a destroy that was cut short; the keys of that vault open it"
		}
		if _, err := os.Lstat(r.Dir); err != nil && len(r.Left) == 1 && strings.HasSuffix(r.Left[0], "-replaced") {
			message = r.Left[0] + " is the vault of " + r.Dir + ": a restore to there was cut short while it was moved"
			way = onTwo(remedy.Move, r.Left[0], r.Dir)
		}
		found = append(found, Finding{beside, Advice, message, way, func() (string, error) {
			release, err := aside(r.Dir)
			if err != nil {
				return "", err
			}
			defer release()
			return "cleared away what a restore to " + r.Dir + " had left", r.Settle(ctx, now)
		}})
	}
	return found
}

// underWay tells whether somebody has one of the folders open for writing.
func underWay(ctx context.Context, r vault.StoppedRestore) bool {
	for _, left := range r.Left {
		if c, err := badgerfiles.TakeSurvey(ctx, left, 0); err == nil && c.InUse {
			return true
		}
	}
	return false
}

// own tells whether all of it is this user's: in a folder like /tmp others may
// have put it there.
func own(paths []string) bool {
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil {
			return false
		}
		if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
			return false
		}
	}
	return true
}

// temporary is what a backup or an export is called until it is whole.
const temporary = `^\.tacit-[0-9]+$`

// Unfinished looks in folders for backups and exports that were killed. They have
// no lock, and who writes one may be slow: none is removed here.
func Unfinished(now time.Time, folders ...string) (found []Finding) {
	pattern := regexp.MustCompile(temporary)
	seen := map[string]bool{}
	for _, folder := range folders {
		if seen[folder] {
			continue
		}
		seen[folder] = true
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if info, err := e.Info(); pattern.MatchString(e.Name()) && err == nil && now.Sub(info.ModTime()) > time.Minute && own([]string{path}) {
				found = append(found, unfinished(path, info))
			}
		}
	}
	return found
}

func unfinished(path string, info fs.FileInfo) Finding {
	remove := remedy.RemoveFiles
	if info.IsDir() {
		remove = remedy.RemoveFolders
	}
	message := fmt.Sprintf("%s was left by a backup or an export that was cut short, and may hold values in the clear", path)
	return Finding{beside, Advice, message, on(remove, path), nil}
}
