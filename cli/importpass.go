package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault/transfer"
)

// readPass reads a store of pass, each file through gpg, as pass itself does.
func readPass(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	how, err := o.bodies()
	if err != nil {
		return transfer.Result{}, err
	}
	return s.readStore(ctx, from, []string{".gpg"}, s.gpgOpener(ctx), func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, how), nil
	})
}

// gpgOpener decrypts with the user's gpg, which asks for what it needs.
func (s *session) gpgOpener(ctx context.Context) opener {
	args := strings.Fields(s.Env("PASSWORD_STORE_GPG_OPTS"))
	args = append(args, "--quiet", "--batch", "--yes")
	if s.noInput {
		args = append(args, "--pinentry-mode", "error")
	}
	gpg := tool{name: "gpg", args: append(args, "--decrypt"), most: maxInput}
	if s.Env("GPG_TTY") == "" {
		if tty := s.terminalName(ctx); tty != "" {
			gpg.env = []string{"GPG_TTY=" + tty}
		}
	}
	return func(ctx context.Context, f transfer.File, data []byte) ([]byte, error) {
		return gpg.run(ctx, s, bytes.NewReader(data), "import "+printable(f.Path))
	}
}

// readPassage reads a store of passage.
func readPassage(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	how, err := o.bodies()
	if err != nil {
		return transfer.Result{}, err
	}
	own := s.Env("PASSAGE_IDENTITIES_FILE")
	if own == "" {
		own = userFolder(s, "", ".passage", "identities")
	}
	open, err := s.ageOpener(o, own)
	if err != nil {
		return transfer.Result{}, err
	}
	return s.readStore(ctx, from, []string{".age"}, open, func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, how), nil
	})
}

// readAge reads a folder of plain age files, as backup --to-age writes it.
func readAge(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	open, err := s.ageOpener(o)
	if err != nil {
		return transfer.Result{}, err
	}
	return s.readStore(ctx, from, []string{".age"}, open, func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, transfer.Whole), nil
	})
}

// readKBS2 reads a store of kbs2, whose files have no suffix.
func readKBS2(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	open, err := s.ageOpener(o, kbs2Key(s)...)
	if err != nil {
		return transfer.Result{}, err
	}
	return s.readStore(ctx, from, []string{""}, open, func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadKBS2(f.Name, body)
	})
}

// kbs2Key is where kbs2 keeps its key where its configuration says nothing else.
func kbs2Key(s *session) []string {
	path := filepath.Join(configFolder(s), "kbs2", "key")
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	return []string{path}
}

// configFolder is $XDG_CONFIG_HOME, or where that is without it.
func configFolder(s *session) string {
	if dir := s.Env("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	return userFolder(s, "", ".config")
}

// readGopass reads a store of gopass, which are files of gpg or of age.
func readGopass(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	how, err := o.bodies()
	if err != nil {
		return transfer.Result{}, err
	}
	gpg := s.gpgOpener(ctx)
	var age opener
	if keys := filepath.Join(configFolder(s), "gopass", "age", "identities"); len(o.identities.Value()) > 0 || exists(keys) {
		if age, err = s.ageOpener(o, keys); err != nil {
			return transfer.Result{}, err
		}
	}
	open := func(ctx context.Context, f transfer.File, data []byte) ([]byte, error) {
		switch {
		case strings.HasSuffix(f.Path, ".gpg"):
			return gpg(ctx, f, data)
		case age == nil:
			return nil, usage("import %s: which key opens it?", printable(f.Path)).hinted("--from-identity FILE")
		}
		return age(ctx, f, data)
	}
	return s.readStore(ctx, from, []string{".gpg", ".age"}, open, func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadGopass(f.Name, body, how)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
