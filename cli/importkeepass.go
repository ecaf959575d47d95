package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

const (
	keepassTool = "keepassxc-cli"
	// maxToolWords is how much of what a tool says on standard error is kept.
	maxToolWords = 4 << 10
)

// readKeePass reads an export, or has keepassxc-cli make one of a database. What
// that writes stays in memory.
func readKeePass(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	isDatabase, err := from.begins(transfer.KeePassMagic)
	switch {
	case err != nil:
		return transfer.Result{}, err
	case !isDatabase && o.passphraseFile != "":
		return transfer.Result{}, usage("import keepass: --from-passphrase-file is for a database, and %s is none", printable(from.String()))
	case !isDatabase:
		return exported(transfer.ReadKeePass, keepassHint)(ctx, s, o, from)
	}
	xml, err := s.exportKeePass(ctx, o, from)
	defer clear(xml)
	if err != nil {
		return transfer.Result{}, err
	}
	result, err := transfer.ReadKeePass(bytes.NewReader(xml), int64(len(xml)), o.entriesOf())
	return result, entriesError(from, err, keepassHint)
}

// begins tells whether the source is a file that begins with these bytes.
func (src source) begins(magic string) (bool, error) {
	if src.path == "" {
		return false, nil
	}
	info, err := os.Stat(src.path)
	if err != nil {
		return false, fileError("reading", src.path, err)
	}
	if !info.Mode().IsRegular() { // of a pipe, nothing could be put back
		return false, nil
	}
	f, err := os.Open(src.path)
	if err != nil {
		return false, fileError("reading", src.path, err)
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fileError("reading", src.path, err)
	}
	return err == nil && string(head) == magic, nil
}

// exportKeePass gives the database's password to keepassxc-cli on its standard
// input, and returns the XML that it writes.
func (s *session) exportKeePass(ctx context.Context, o importOptions, from source) ([]byte, error) {
	tool, err := exec.LookPath(keepassTool)
	if err != nil {
		return nil, fault(vault.Internal, "import keepass: %s is not installed, which opens the database", keepassTool).
			hinted("or export XML in KeePass or KeePassXC, and tacit import keepass FILE.xml")
	}
	path, err := filepath.Abs(from.path) // it begins with "/", not with "-"
	if err != nil {
		return nil, fileError("reading", from.path, err)
	}
	phrase, err := s.sourcePassphrase(ctx, o, "Password of "+from.path)
	defer clear(phrase)
	switch {
	case err != nil:
		return nil, err
	case bytes.ContainsAny(phrase, "\r\n"):
		return nil, fault(vault.WrongKey, "import keepass: a password with a newline cannot be given to %s", keepassTool)
	}
	line := append(bytes.Clone(phrase), '\n')
	defer clear(line)
	cmd := exec.CommandContext(ctx, tool, "export", "--format", "xml", path)
	cmd.Env = append(s.Environ(), "LC_ALL=C.UTF-8", "LANGUAGE=C") // its errors are told apart by their words
	cmd.Stdin = bytes.NewReader(line)
	out, words := &toolOutput{most: transfer.MaxFile}, &toolOutput{most: maxToolWords}
	cmd.Stdout, cmd.Stderr = out, words
	cmd.WaitDelay = toolDrain
	if err := cmd.Run(); err != nil {
		out.wipe()
		return nil, keepassError(ctx, from, err, out.full, words.String())
	}
	return out.Bytes(), nil
}

// keepassError says in our words what keepassxc-cli said, as far as it is known.
func keepassError(ctx context.Context, from source, err error, tooMuch bool, said string) error {
	doing := "import keepass " + printable(from.path)
	said = strings.TrimSpace(said)
	// The first line is its question.
	_, reason, _ := strings.Cut(said, "\n")
	reason, _, _ = strings.Cut(strings.TrimSpace(reason), "\n")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case tooMuch:
		return fault(vault.InvalidValue, "%s: what %s writes is over the limit of %d MiB", doing, keepassTool, transfer.MaxFile>>20).
			hinted("attachments count: take large ones out of a copy of the database")
	case strings.Contains(said, "Invalid credentials"):
		return fault(vault.WrongKey, "%s: wrong password, or it needs a key file, too", doing).
			hinted("%s export -k KEYFILE %s | tacit import keepass -", keepassTool, printable(from.path))
	case reason != "":
		return fault(vault.Internal, "%s: %s: %s", doing, keepassTool, printable(reason))
	}
	return fault(vault.Internal, "%s: %s: %v", doing, keepassTool, err)
}

// toolOutput keeps what is written, up to a length, beyond which writing fails.
type toolOutput struct {
	buffer bytes.Buffer
	most   int
	full   bool
}

func (b *toolOutput) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > b.most {
		b.full = true
		return 0, errors.New("too much output")
	}
	return b.buffer.Write(p)
}

func (b *toolOutput) Bytes() []byte  { return b.buffer.Bytes() }
func (b *toolOutput) String() string { return b.buffer.String() }
func (b *toolOutput) wipe()          { clear(b.buffer.Bytes()) }
