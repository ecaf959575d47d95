package transfer

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// source is what import reads: a file, a folder, or standard input.
type source struct {
	format string
	path   string // "" is standard input
}

// sourceOf is the source that the line names, or where the format's own tool
// keeps its secrets.
func sourceOf(s *frame.Session, f format, path string) source {
	switch {
	case path == "-":
		path = ""
	case path == "" && f.place != nil:
		path = f.place(s)
	}
	return source{f.name, path}
}

// String is how messages call it.
func (src source) String() string {
	if src.path == "" {
		return "standard input"
	}
	return src.path
}

// stream gives the source to a reader, and says what is wrong with it.
func (src source) stream(ctx context.Context, s *frame.Session, read func(io.Reader) (transfer.Result, error)) (transfer.Result, error) {
	parsed, err := src.pass(ctx, s, read)
	return parsed, src.error(err)
}

// error says what is wrong with what the source holds; it leaves alone what is
// said already.
func (src source) error(err error) error {
	var said *failure.Failure
	if errors.As(err, &said) || errors.Is(err, context.Canceled) {
		return err
	}
	return textform.TransferError("import "+src.String(), err)
}

// pass gives the source to a reader, and can be interrupted while it waits.
func (src source) pass(ctx context.Context, s *frame.Session, read func(io.Reader) (transfer.Result, error)) (transfer.Result, error) {
	in := s.In
	if src.path != "" {
		f, err := os.Open(src.path)
		if err != nil {
			return transfer.Result{}, failure.FileError("reading", src.path, err)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return transfer.Result{}, failure.Usage("import %s reads a file, and %s is a folder", src.format, failure.Printable(src.path))
		}
		in = f
	} else if terminal.IsTerminal(s.In) {
		return transfer.Result{}, failure.Usage("import: standard input is a terminal").Hinted("{tacit import %s FILE}", src.format)
	}
	return terminal.OrInterrupted(ctx, func() (transfer.Result, error) { return read(in) })
}

// folder opens the source as a folder that nothing in it leads out of.
func (src source) folder() (*os.Root, error) {
	if src.path == "" {
		return nil, failure.Usage("import %s reads a folder, not standard input", src.format).Hinted("{tacit import %s FOLDER}", src.format)
	}
	root, err := os.OpenRoot(src.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failure.Fault(vault.NotFound, "import %s: there is no folder %s", src.format, failure.Printable(src.path)).
			Hinted("{tacit import %s FOLDER}", src.format)
	case err != nil:
		return nil, failure.FileError("reading", src.path, err)
	}
	return root, nil
}

// passphrase is the passphrase of what is read: that of the file which
// --from-passphrase-file names, else what is typed.
func (k *keyFlags) passphrase(ctx context.Context, s *frame.Session, question string) ([]byte, error) {
	if k.passphraseFile != "" {
		phrase, err := keyring.PassphraseFile(k.passphraseFile)
		if err != nil {
			return nil, frame.KeyError(err)
		}
		return phrase, nil
	}
	if err := s.LookFirst(ctx); err != nil {
		return nil, err
	}
	phrase, err := frame.Asker{S: s}.Secret(ctx, question)
	if err != nil {
		return nil, frame.KeyError(err).Hinted("--from-passphrase-file FILE")
	}
	return phrase, nil
}

// userFolder is a folder of the user's: that of the environment's variable, else
// the parts below home.
func userFolder(s *frame.Session, variable string, parts ...string) string {
	if dir := s.Env(variable); variable != "" && dir != "" {
		return dir
	}
	home := s.Env("HOME")
	if home == "" {
		home, _ = os.UserHomeDir()
	}
	return filepath.Join(append([]string{home}, parts...)...)
}

// dataFolder is a folder below $XDG_DATA_HOME, or where that is without it.
func dataFolder(s *frame.Session, parts ...string) string {
	if dir := s.Env("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(append([]string{dir}, parts...)...)
	}
	return userFolder(s, "", append([]string{".local", "share"}, parts...)...)
}
