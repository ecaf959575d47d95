package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

const keepassTool = "keepassxc-cli"

// readKeePass reads an export, or has keepassxc-cli make one of a database. What
// that writes stays in memory.
func (given *formatFlags) readKeePass(ctx context.Context, s *frame.Session, from source, names transfer.Naming) (transfer.Result, error) {
	isDatabase, err := from.begins(transfer.KeePassMagic)
	switch {
	case err != nil:
		return transfer.Result{}, err
	case !isDatabase && given.keys.passphraseFile != "":
		return transfer.Result{}, failure.Usage("import keepass: --from-passphrase-file is for a database, and %s is none", failure.Printable(from.String()))
	case !isDatabase:
		return given.entries.exported(transfer.ReadKeePass, keepassHint)(ctx, s, from, names)
	}
	xml, err := given.keys.exportKeePass(ctx, s, from)
	defer clear(xml)
	if err != nil {
		return transfer.Result{}, err
	}
	result, err := transfer.ReadKeePass(bytes.NewReader(xml), int64(len(xml)), given.entries.of(names))
	return result, entriesError(from, err, keepassHint)
}

// begins tells whether the source is a file that begins with these bytes.
func (src source) begins(magic string) (bool, error) {
	if src.path == "" {
		return false, nil
	}
	info, err := os.Stat(src.path)
	if err != nil {
		return false, failure.FileError("reading", src.path, err)
	}
	if !info.Mode().IsRegular() { // of a pipe, nothing could be put back
		return false, nil
	}
	f, err := os.Open(src.path)
	if err != nil {
		return false, failure.FileError("reading", src.path, err)
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, failure.FileError("reading", src.path, err)
	}
	return err == nil && string(head) == magic, nil
}

// exportKeePass gives the database's password to keepassxc-cli on its standard
// input, and returns the XML that it writes.
func (k *keyFlags) exportKeePass(ctx context.Context, s *frame.Session, from source) ([]byte, error) {
	if _, err := exec.LookPath(keepassTool); err != nil {
		return nil, failure.Fault(vault.Internal, "import keepass: %s is not installed, which opens the database", keepassTool).
			Hinted("or export XML in KeePass or KeePassXC, and {tacit import keepass FILE.xml}")
	}
	path, err := filepath.Abs(from.path) // it begins with "/", not with "-"
	if err != nil {
		return nil, failure.FileError("reading", from.path, err)
	}
	phrase, err := k.passphrase(ctx, s, "Password of "+from.path)
	defer clear(phrase)
	switch {
	case err != nil:
		return nil, err
	case bytes.ContainsAny(phrase, "\r\n"):
		return nil, failure.Fault(vault.WrongKey, "import keepass: a password with a newline cannot be given to %s", keepassTool)
	}
	line := append(bytes.Clone(phrase), '\n')
	defer clear(line)
	doing := "import keepass " + failure.Printable(from.path)
	t := frame.Tool{
		Name: keepassTool, Args: []string{"export", "--format", "xml", path}, Most: transfer.MaxFile,
		Env: []string{"LC_ALL=C.UTF-8", "LANGUAGE=C"}, // its errors are told apart by their words
		Known: func(said string, _ int) *failure.Failure {
			if !strings.Contains(said, "Invalid credentials") {
				return nil
			}
			return failure.Fault(vault.WrongKey, "%s: wrong password, or it needs a key file, too", doing).
				Hinted("%s export -k KEYFILE %s | {tacit import keepass -}", keepassTool, shell.QuotePath(from.path))
		},
	}
	return t.Run(ctx, s, bytes.NewReader(line), doing)
}
