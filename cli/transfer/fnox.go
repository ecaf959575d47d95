package transfer

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// maxFnoxFiles is how many files a configuration may be made of.
const maxFnoxFiles = 1000

// readFnox reads a configuration as fnox finds it: from a folder and those above
// it, up to one that says root, and the user's own. A file with another name
// than fnox.toml or .fnox.toml is read alone.
func (given *formatFlags) readFnox(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	profile := given.profile.name
	if profile == "" {
		profile = s.Env("FNOX_PROFILE")
	}
	if profile == "default" {
		profile = ""
	}
	l := fnoxLoader{s: s, profile: profile, all: &transfer.Fnox{}}
	if err := l.load(from.path); err != nil {
		return transfer.Result{}, err
	}
	switch {
	case l.files == 0:
		return transfer.Result{}, failure.Fault(vault.NotFound, "import: there is no fnox.toml in %s, nor above", failure.Printable(from.path)).
			Hinted("{tacit import fnox FOLDER}")
	case profile != "" && !l.found:
		return transfer.Result{}, failure.Fault(vault.NotFound, "import: fnox has no profile %s here", failure.Printable(profile)).Hinted("--profile NAME")
	}
	if l.all.Inherits(profile) {
		return transfer.Result{}, failure.Fault(vault.InvalidValue, "import: fnox's profile %s inherits others, which is not followed here", failure.Printable(profile)).
			Hinted("fnox export --profile %s --format json | {tacit import json -}", failure.Printable(profile))
	}
	var r transfer.Result
	keys := map[string]opener{}
	for _, secret := range l.all.Secrets(profile) {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if secret.KeyGone != "" && !given.keys.named() && s.Env("FNOX_AGE_KEY") == "" {
			secret.Unread = secret.KeyGone + ", or --from-identity FILE"
		}
		value, err := given.keys.fnoxValue(ctx, s, l.all.KeyFile, secret, keys)
		switch {
		case err != nil:
			return r, err
		case secret.Unread != "":
			r.Skipped = append(r.Skipped, transfer.Skipped{Name: secret.Name, Reason: secret.Unread})
		default:
			r.Items = append(r.Items, value.Items...)
		}
	}
	return tooLong(r), nil
}

// fnoxValue is what a secret holds. keys are the openers by their key file.
func (k *keyFlags) fnoxValue(ctx context.Context, s *frame.Session, keyFile string, secret transfer.FnoxSecret, keys map[string]opener) (transfer.Result, error) {
	if secret.Unread != "" {
		return transfer.Result{}, nil
	}
	if secret.Provider != "age" {
		return transfer.ReadFile(secret.Name, []byte(secret.Plain)), nil
	}
	file, err := base64.StdEncoding.DecodeString(secret.Value)
	if err != nil {
		file = []byte(secret.Value) // fnox takes an age file as it is, too
	}
	if secret.KeyFile != "" {
		keyFile = secret.KeyFile
	}
	open := keys[keyFile]
	if open == nil {
		if open, err = k.fnoxKey(s, keyFile); err != nil {
			return transfer.Result{}, err
		}
		keys[keyFile] = open
	}
	plain, err := open(ctx, transfer.File{Path: secret.Name, Name: secret.Name}, file)
	if err != nil {
		return transfer.Result{}, err
	}
	defer clear(plain)
	return transfer.ReadFile(secret.Name, plain), nil
}

// fnoxKey is the key that fnox would take: that of the environment, of the
// provider or the configuration, or the one at its own place.
func (k *keyFlags) fnoxKey(s *frame.Session, keyFile string) (opener, error) {
	if text := s.Env("FNOX_AGE_KEY"); text != "" && !k.named() {
		i, err := keyring.IdentityText("FNOX_AGE_KEY", []byte(text), k.fileOptions(s))
		if err != nil {
			return nil, frame.KeyError(err)
		}
		return openWith(keyring.NewOpener(i)), nil
	}
	if rest, ok := strings.CutPrefix(keyFile, "~/"); ok {
		keyFile = userFolder(s, "", rest)
	}
	if keyFile == "" {
		keyFile = s.Env("FNOX_AGE_KEY_FILE")
	}
	if keyFile == "" {
		keyFile = filepath.Join(fnoxConfig(s), "age.txt")
	}
	return k.opener(s, "fnox", keyFile)
}

func fnoxConfig(s *frame.Session) string {
	if dir := s.Env("FNOX_CONFIG_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(configFolder(s), "fnox")
}

// fnoxLoader puts the files of a configuration on one another.
type fnoxLoader struct {
	s       *frame.Session
	profile string
	all     *transfer.Fnox
	files   int
	found   bool // a file of the profile's own, or a part of one
}

func (l *fnoxLoader) load(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		if base := filepath.Base(path); base != "fnox.toml" && base != ".fnox.toml" {
			_, err := l.folder(filepath.Dir(path), filepath.Base(path))
			return err
		}
		path = filepath.Dir(path)
	}
	names := l.names()
	for {
		root, err := l.folder(path, names...)
		above := filepath.Dir(path)
		switch {
		case err != nil:
			return err
		case root || above == path:
			_, err := l.folder(fnoxConfig(l.s), "config.toml")
			return err
		}
		path = above
	}
}

// names are the files of a folder, the one that counts most first.
func (l *fnoxLoader) names() (names []string) {
	middles := []string{".local"}
	if l.profile != "" && filepath.Base(l.profile) == l.profile {
		middles = append(middles, "."+l.profile)
	}
	for _, middle := range append(middles, "") {
		names = append(names, ".fnox"+middle+".toml", "fnox"+middle+".toml")
	}
	return names
}

// folder puts what is there so far over the files of a folder, of which the first
// counts most, and all of that over what they import. It tells whether one of
// them says that nothing above counts.
func (l *fnoxLoader) folder(dir string, names ...string) (root bool, err error) {
	var imports []string
	for _, name := range names {
		f, err := l.below(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		root = root || f.Root
		l.found = l.found || l.isProfiles(name)
		imports = append(f.Imports, imports...)
	}
	for _, path := range imports {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if _, err := l.below(path); err != nil {
			return false, err
		}
	}
	return root, nil
}

// below puts what is there so far over a file. Where there is none the error
// wraps fs.ErrNotExist.
func (l *fnoxLoader) below(path string) (*transfer.Fnox, error) {
	file, err := os.Open(path)
	if err != nil {
		f := failure.Explain(failure.FileError("reading", path, err))
		f.Err = err
		return nil, f
	}
	defer file.Close()
	if l.files++; l.files > maxFnoxFiles {
		return nil, failure.Fault(vault.InvalidValue, "import: the configuration of fnox has more than %d files", maxFnoxFiles)
	}
	f, err := transfer.ReadFnox(file)
	if err != nil {
		return nil, textform.TransferError("import "+failure.Printable(path), err)
	}
	f.InFolder(func(key string) string {
		if filepath.IsAbs(key) || strings.HasPrefix(key, "~") {
			return key
		}
		return filepath.Join(filepath.Dir(path), key)
	})
	// A local file counts for every profile, and makes none.
	l.found = l.found || f.HasProfile(l.profile)
	if name := filepath.Base(path); l.profile != "" && (l.isProfiles(name) || strings.TrimPrefix(name, ".") == "fnox.local.toml") {
		f.Scope(l.profile)
	}
	l.all = l.all.Over(f)
	return f, nil
}

// isProfiles tells whether a file is the profile's own.
func (l *fnoxLoader) isProfiles(name string) bool {
	return l.profile != "" && strings.TrimPrefix(name, ".") == "fnox."+l.profile+".toml"
}
