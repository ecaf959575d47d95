package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

const (
	maxSOPS    = 64 << 20    // bytes that sops may give: what a reader takes
	mostSealed = 2 * maxSOPS // bytes that it is given: it reads a file whole, and its form is half as long again
)

// readSOPS has sops decrypt a file. ENV and INI come as JSON, because their text
// has no way to say what is a quote and what is a value's own.
func readSOPS(ctx context.Context, s *session, o importOptions, from source) (transfer.Result, error) {
	if from.path == "" {
		return transfer.Result{}, usage("import sops reads a file").hinted("tacit import sops FILE")
	}
	info, err := os.Stat(from.path)
	switch {
	case err != nil:
		return transfer.Result{}, fileError("reading", from.path, err)
	case info.IsDir():
		return transfer.Result{}, usage("import sops reads a file, and %s is a folder", printable(from.path))
	case info.Size() > mostSealed:
		return transfer.Result{}, fault(vault.InvalidValue, "import %s: the file is over the limit of %d MiB", printable(from.path), mostSealed>>20)
	}
	path, err := filepath.Abs(from.path)
	if err != nil {
		return transfer.Result{}, err
	}
	in, out := "binary", "binary"
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".yaml", ".yml":
		in, out = "yaml", "yaml"
	case ".json":
		in, out = "json", "json"
	case ".env":
		in, out = "dotenv", "json"
	case ".ini":
		in, out = "ini", "json"
	}
	sops := tool{name: "sops", args: []string{"--decrypt", "--input-type", in, "--output-type", out, path}, most: maxSOPS}
	plain, err := sops.run(ctx, s, nil, "import "+printable(from.path))
	if err != nil {
		return transfer.Result{}, err
	}
	defer clear(plain)
	var r transfer.Result
	switch out {
	case "yaml":
		r, err = transfer.ReadYAML(bytes.NewReader(plain), o.flatten)
	case "json":
		r, err = transfer.ReadJSON(bytes.NewReader(plain), o.flatten)
		if in == "ini" { // sops gives a section for what stands before the first
			r.Items = slices.DeleteFunc(r.Items, func(i transfer.Item) bool {
				return i.Name == "DEFAULT" && string(i.Value.Reveal()) == "{}"
			})
		}
	default:
		r = tooLong(transfer.ReadFile(filepath.Base(path), plain))
	}
	return r, transferError("import "+printable(from.path), err)
}
