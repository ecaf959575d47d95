package cli

import (
	"errors"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// textError is a transferError of what no flag of import is for: it is mended in
// the text.
func textError(doing string, err error) error {
	f := *explain(transferError(doing, err))
	if strings.Contains(f.hint, "--") {
		f.hint = mendLine
	}
	return &f
}

// transferError says what is wrong with a file's content, or with what should
// become one.
func transferError(doing string, err error) error {
	var bad *transfer.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrName):
		return fault(vault.InvalidName, "%s: %v", doing, bad).hinted("nothing was stored; rename it in the file, or --map OLD=NEW")
	case errors.As(err, &bad) && bad.Same:
		return fault(vault.InvalidValue, "%s: %v", doing, bad).hinted("nothing was stored; take one of them out of the file; for dotenv, --last or --first says which counts")
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrDuplicate):
		return fault(vault.InvalidValue, "%s: %v", doing, bad).hinted("nothing was stored; --map OLD=NEW stores one of them under another name")
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrUnused):
		return fault(vault.NotFound, "%s: --map: %v", doing, bad).hinted("--dry-run without it shows the names")
	case errors.As(err, &bad):
		return fault(vault.InvalidValue, "%s: %v", doing, bad)
	}
	return explain(unwrapPath(err)).prefixed(doing)
}

func unknownFormat(command, format string, formats []string) error {
	err := usage("%s knows no format %s", command, printable(format))
	if near := nearest(format, append([]string(nil), formats...)); near != "" {
		return err.hinted("did you mean %s?", near)
	}
	return err.hinted("the formats are %s", strings.Join(formats, ", "))
}

// mendLine is the way out where a text is not what was expected.
const mendLine = "mend that line; a name is 1 to 100 of A-Z a-z 0-9 _ and -, and stands there once"

func wipe(items []transfer.Item) {
	for _, item := range items {
		item.Value.Wipe()
	}
}
