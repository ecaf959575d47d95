package transfer

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// readPass reads a store of pass, each file through gpg, as pass itself does.
func (given *formatFlags) readPass(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	how, err := given.bodies.how()
	if err != nil {
		return transfer.Result{}, err
	}
	return readStore(ctx, s, from, []string{".gpg"}, gpgOpener(ctx, s), given.empty.refused(func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, how), nil
	}))
}

// gpgOpener decrypts with the user's gpg, which asks for what it needs.
func gpgOpener(ctx context.Context, s *frame.Session) opener {
	args := strings.Fields(s.Env("PASSWORD_STORE_GPG_OPTS"))
	args = append(args, "--quiet", "--batch", "--yes")
	if s.NoInput {
		args = append(args, "--pinentry-mode", "error")
	}
	gpg := frame.Tool{Name: "gpg", Args: append(args, "--decrypt"), Most: frame.MaxInput}
	if s.Env("GPG_TTY") == "" {
		if tty := frame.TerminalName(ctx, s); tty != "" {
			gpg.Env = []string{"GPG_TTY=" + tty}
		}
	}
	return func(ctx context.Context, f transfer.File, data []byte) ([]byte, error) {
		return gpg.Run(ctx, s, bytes.NewReader(data), "import "+failure.Printable(f.Path))
	}
}

// readPassage reads a store of passage.
func (given *formatFlags) readPassage(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	how, err := given.bodies.how()
	if err != nil {
		return transfer.Result{}, err
	}
	own := s.Env("PASSAGE_IDENTITIES_FILE")
	if own == "" {
		own = userFolder(s, "", ".passage", "identities")
	}
	open, err := given.keys.opener(s, from.format, own)
	if err != nil {
		return transfer.Result{}, err
	}
	return readStore(ctx, s, from, []string{".age"}, open, given.empty.refused(func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, how), nil
	}))
}

// readAge reads a folder of plain age files, as backup --to-age writes it.
func (given *formatFlags) readAge(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	open, err := given.keys.opener(s, from.format)
	if err != nil {
		return transfer.Result{}, err
	}
	return readStore(ctx, s, from, []string{".age"}, open, given.empty.refused(func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadBody(f.Name, body, transfer.Whole), nil
	}))
}

// readKBS2 reads a store of kbs2, whose files have no suffix.
func (given *formatFlags) readKBS2(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	var key []string
	if !given.keys.named() {
		var err error
		if key, err = kbs2Key(s); err != nil {
			return transfer.Result{}, err
		}
	}
	open, err := given.keys.opener(s, from.format, key...)
	if err != nil {
		return transfer.Result{}, err
	}
	return readStore(ctx, s, from, []string{""}, open, given.empty.refused(func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadKBS2(f.Name, body)
	}))
}

// configFolder is $XDG_CONFIG_HOME, or where that is without it.
func configFolder(s *frame.Session) string {
	if dir := s.Env("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	return userFolder(s, "", ".config")
}

// readGopass reads a store of gopass, which are files of gpg or of age.
func (given *formatFlags) readGopass(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	how, err := given.bodies.how()
	if err != nil {
		return transfer.Result{}, err
	}
	gpg := gpgOpener(ctx, s)
	var age opener
	if keys := filepath.Join(configFolder(s), "gopass", "age", "identities"); given.keys.named() || exists(keys) {
		if age, err = given.keys.opener(s, from.format, keys); err != nil {
			return transfer.Result{}, err
		}
	}
	open := func(ctx context.Context, f transfer.File, data []byte) ([]byte, error) {
		switch {
		case strings.HasSuffix(f.Path, ".gpg"):
			return gpg(ctx, f, data)
		case age == nil:
			return nil, failure.Usage("import %s: which key opens it?", failure.Printable(f.Path)).Hinted("--from-identity FILE")
		}
		return age(ctx, f, data)
	}
	return readStore(ctx, s, from, []string{".gpg", ".age"}, open, given.empty.refused(func(f transfer.File, body []byte) (transfer.Result, error) {
		return transfer.ReadGopass(f.Name, body, how)
	}))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// refuseEmpty refuses an item of this name that holds nothing.
func refuseEmpty(r transfer.Result, name string) error {
	for _, item := range r.Items {
		if item.Name == name && len(bytes.Trim(item.Value.Reveal(), "\r\n")) == 0 {
			return frame.EmptyValue(failure.Printable(name))
		}
	}
	return nil
}
