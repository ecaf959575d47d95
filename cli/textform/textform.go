package textform

import (
	"errors"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// TextError is a TransferError of what no flag of import is for: it is mended in
// the text.
func TextError(doing string, err error) error {
	f := *failure.Explain(TransferError(doing, err))
	if strings.Contains(string(f.Hint), "--") {
		f.Hint = MendLine
	}
	return &f
}

// TransferError says what is wrong with a file's content, or with what should
// become one.
func TransferError(doing string, err error) error {
	var bad *transfer.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrName):
		return failure.Fault(vault.InvalidName, "%s: %v", doing, bad).Hinted("nothing was stored; rename it in the file, or --map OLD=NEW")
	case errors.As(err, &bad) && bad.Same:
		return failure.Fault(vault.InvalidValue, "%s: %v", doing, bad).Hinted("nothing was stored; take one of them out of the file; for dotenv, --last or --first says which counts")
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrDuplicate):
		return failure.Fault(vault.InvalidValue, "%s: %v", doing, bad).Hinted("nothing was stored; --map OLD=NEW stores one of them under another name")
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrUnused):
		return failure.Fault(vault.NotFound, "%s: --map: %v", doing, bad).Hinted("--dry-run without it shows the names")
	case errors.As(err, &bad):
		return failure.Fault(vault.InvalidValue, "%s: %v", doing, bad)
	}
	return failure.Explain(failure.UnwrapPath(err)).Prefixed(doing)
}

func UnknownFormat(command, format string, formats []string) error {
	err := failure.Usage("%s knows no format %s", command, failure.Printable(format))
	if near := cmdline.Nearest(format, append([]string(nil), formats...)); near != "" {
		return err.Hinted("did you mean %s?", near)
	}
	return err.Hinted("the formats are %s", strings.Join(formats, ", "))
}

// MendLine is the way out where a text is not what was expected.
const MendLine = "mend that line; a name is 1 to 100 of A-Z a-z 0-9 _ and -, and stands there once"

func Wipe(items []transfer.Item) {
	for _, item := range items {
		item.Value.Wipe()
	}
}
