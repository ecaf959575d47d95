package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// A manager is a program that keeps entries of several fields: which become
// secrets as transfer.Entries says.
type manager func(r io.ReaderAt, size int64, o transfer.Entries) (transfer.Result, error)

// managerFormats are those of password managers and browsers.
func managerFormats(given *formatFlags) []format {
	flags := given.entries.flags()
	return []format{
		{
			name: "bitwarden", flags: flags, read: given.entries.exported(transfer.ReadBitwarden, bitwardenHint), after: afterFile, entries: true,
			about: []string{`an export of Bitwarden or Vaultwarden: .json, .zip or .csv, unencrypted`},
		},
		{
			name: "1password", flags: flags, read: given.entries.exported(transfer.ReadOnePassword, onePasswordHint), after: afterFile, entries: true,
			about: []string{`an export of 1Password: .1pux or .csv`},
		},
		{
			name: "keepass", flags: slices.Concat(given.keys.passphraseFlags(), flags), read: given.readKeePass, after: afterKeePass, entries: true,
			about: []string{`a database, read by keepassxc-cli, or what that exports, XML or CSV`},
		},
		{
			name: "csv", flags: slices.Concat(given.columns.flags(), flags), read: given.readCSV, after: afterFile, entries: true,
			about: []string{
				`passwords of Chrome, Firefox or Apple, and the CSV of the managers above,`,
				`known by their first line; others with --name-column and --value-column`,
			},
		},
	}
}

// entriesHelp is the rule for all of them, in short; the topic has the rest.
const entriesHelp = `An entry of a password manager or browser becomes NAME, its password, and NAME_FIELD
for each other field: NAME_USERNAME, NAME_URL, NAME_OTP, NAME_NOTES, …; tacit help
managers has the details, and what is left out. Two entries with one NAME are
refused: --unique numbers them, --folders puts their folders first.`

const (
	bitwardenHint   = "in Bitwarden, export the vault as .json, not .json (Encrypted)"
	onePasswordHint = "in 1Password, export the account as .1pux"
	keepassHint     = "give the database itself: {tacit import keepass FILE.kdbx}"
	csvHint         = "{tacit import csv FILE --name-column COLUMN --value-column COLUMN} takes any CSV file"

	afterKeePass = "an exported file is in the clear, a database is not: " + afterShred
)

// exported is the reader of a format that is a file which a manager exports; hint
// says how it does.
func (e *entryFlags) exported(read manager, hint string) formatReader {
	return func(ctx context.Context, s *frame.Session, from source, names transfer.Naming) (transfer.Result, error) {
		result, err := from.pass(ctx, s, func(r io.Reader) (transfer.Result, error) {
			at, size, err := seekable(r)
			if err != nil {
				return transfer.Result{}, err
			}
			return read(at, size, e.of(names))
		})
		return result, entriesError(from, err, hint)
	}
}

func (given *formatFlags) readCSV(ctx context.Context, s *frame.Session, from source, names transfer.Naming) (transfer.Result, error) {
	read, columns := transfer.ReadCSV, given.columns
	switch {
	case (columns.name == "") != (columns.value == ""):
		return transfer.Result{}, failure.Usage("--name-column and --value-column go together")
	case columns.name != "":
		read = func(r io.Reader, e transfer.Entries) (transfer.Result, error) {
			return transfer.ReadColumns(r, columns.name, columns.value, e)
		}
	}
	result, err := from.pass(ctx, s, func(r io.Reader) (transfer.Result, error) { return read(r, given.entries.of(names)) })
	return result, entriesError(from, err, csvHint)
}

// entriesError adds to what TransferError says the way out that these formats
// have.
func entriesError(from source, err error, hint string) error {
	var bad *transfer.Error
	if !errors.As(err, &bad) {
		return from.error(err)
	}
	f := failure.Explain(from.error(err))
	switch {
	case errors.Is(err, transfer.ErrDuplicate):
		return f.Hinted("nothing was stored; --unique numbers them, --folders adds their folders, --map OLD=NEW by hand")
	case errors.Is(err, transfer.ErrForm), errors.Is(err, transfer.ErrEncrypted):
		return f.Advised(hint)
	}
	return f
}

// seekable gives a file as it is, and reads anything else, as far as a format
// without a file of its own may be long.
func seekable(r io.Reader) (io.ReaderAt, int64, error) {
	if f, ok := r.(*os.File); ok {
		at, err := f.Seek(0, io.SeekCurrent)
		if info, statErr := f.Stat(); err == nil && at == 0 && statErr == nil && info.Mode().IsRegular() {
			return f, info.Size(), nil
		}
	}
	data, err := io.ReadAll(io.LimitReader(r, transfer.MaxFile+1))
	if err != nil {
		clear(data)
		return nil, 0, fmt.Errorf("reading: %w", err)
	}
	return bytes.NewReader(data), int64(len(data)), nil
}
