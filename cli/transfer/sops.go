package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

const (
	maxSOPS    = 64 << 20    // bytes that sops may give: what a reader takes
	mostSealed = 2 * maxSOPS // bytes that it is given: it reads a file whole, and its form is half as long again
)

// readSOPS has sops decrypt a file. ENV and INI come as JSON, because their text
// has no way to say what is a quote and what is a value's own.
func (given *formatFlags) readSOPS(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	if from.path == "" {
		return transfer.Result{}, failure.Usage("import sops reads a file").Hinted("{tacit import sops FILE}")
	}
	info, err := os.Stat(from.path)
	switch {
	case err != nil:
		return transfer.Result{}, failure.FileError("reading", from.path, err)
	case info.IsDir():
		return transfer.Result{}, failure.Usage("import sops reads a file, and %s is a folder", failure.Printable(from.path))
	case info.Size() > mostSealed:
		return transfer.Result{}, failure.Fault(vault.InvalidValue, "import %s: the file is over the limit of %d MiB", failure.Printable(from.path), mostSealed>>20)
	}
	path, err := filepath.Abs(from.path)
	if err != nil {
		return transfer.Result{}, err
	}
	in, err := sopsForm(path)
	if err != nil {
		return transfer.Result{}, err
	}
	out := in
	if in == "dotenv" || in == "ini" {
		out = "json"
	}
	sops := frame.Tool{Name: "sops", Args: []string{"--decrypt", "--input-type", in, "--output-type", out, path}, Most: maxSOPS}
	plain, err := sops.Run(ctx, s, nil, "import "+failure.Printable(from.path))
	if err != nil {
		return transfer.Result{}, err
	}
	defer clear(plain)
	var r transfer.Result
	switch out {
	case "yaml":
		r, err = transfer.ReadYAML(bytes.NewReader(plain), given.trees.flatten)
	case "json":
		r, err = transfer.ReadJSON(bytes.NewReader(plain), given.trees.flatten)
		if in == "ini" { // sops gives a section for what stands before the first
			r.Items = slices.DeleteFunc(r.Items, func(i transfer.Item) bool {
				return i.Name == "DEFAULT" && string(i.Value.Reveal()) == "{}"
			})
		}
	default:
		if len(plain) == 0 && !given.empty.allowed {
			return r, frame.EmptyValue(failure.Printable(from.path))
		}
		r = tooLong(transfer.ReadFile(filepath.Base(path), plain))
	}
	return r, textform.TransferError("import "+failure.Printable(from.path), err)
}

// sopsForm is what sops calls the form of a file: by its name, as sops does, else by
// where the file has what sops keeps of itself (.env.production, secrets.enc).
func sopsForm(path string) (string, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return "yaml", nil
	case ".json":
		return "json", nil
	case ".env":
		return "dotenv", nil
	case ".ini":
		return "ini", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", failure.FileError("reading", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostSealed))
	if err != nil {
		return "", failure.FileError("reading", path, err)
	}
	return sopsFormOf(data), nil
}

// sopsFormOf tells the form by the content. A binary file is JSON, too, whose one
// member besides "sops" is "data".
func sopsFormOf(data []byte) string {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) == nil && object["sops"] != nil {
		if len(object) == 2 && object["data"] != nil {
			return "binary"
		}
		return "json"
	}
	for line := range bytes.Lines(data) {
		switch line = bytes.TrimRight(line, "\r\n "); {
		case bytes.Equal(line, []byte("sops:")):
			return "yaml"
		case bytes.HasPrefix(line, []byte("sops_mac=")), bytes.HasPrefix(line, []byte("sops_version=")):
			return "dotenv"
		case bytes.Equal(line, []byte("[sops]")):
			return "ini"
		}
	}
	return "binary"
}
