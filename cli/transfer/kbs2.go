package transfer

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// What kbs2's configuration says of its store and its key.
const (
	kbs2StoreSetting = "store"
	kbs2KeySetting   = "keyfile"
)

// kbs2Setting is a path of kbs2's configuration; "" where it says nothing, or there
// is none. The older name of the file counts where the newer is not there.
func kbs2Setting(s *frame.Session, key string) (string, error) {
	for _, name := range []string{"config.toml", "kbs2.conf"} {
		path := filepath.Join(configFolder(s), "kbs2", name)
		f, err := os.Open(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return "", failure.FileError("reading", path, err)
		}
		data, err := io.ReadAll(io.LimitReader(f, frame.MaxInput))
		f.Close()
		if err != nil {
			return "", failure.FileError("reading", path, err)
		}
		return kbs2Path(s, path, key, data)
	}
	return "", nil
}

func kbs2Path(s *frame.Session, path, key string, data []byte) (string, error) {
	r, err := transfer.ReadTOML(bytes.NewReader(data), false)
	defer textform.Wipe(r.Items)
	if err != nil {
		return "", textform.TransferError("reading "+failure.Printable(path), err)
	}
	for _, item := range r.Items {
		if item.Name != key {
			continue
		}
		value := string(item.Value.Reveal())
		if rest, ok := strings.CutPrefix(value, "~/"); ok {
			return userFolder(s, "", rest), nil
		}
		return value, nil
	}
	return "", nil
}

// kbs2Store is where kbs2 keeps its records.
func kbs2Store(s *frame.Session) string {
	if path, err := kbs2Setting(s, kbs2StoreSetting); err == nil && path != "" {
		return path // a configuration that cannot be read is told by kbs2Key
	}
	return dataFolder(s, "kbs2")
}

// kbs2Key is where kbs2 keeps its key; nothing where there is none.
func kbs2Key(s *frame.Session) ([]string, error) {
	path, err := kbs2Setting(s, kbs2KeySetting)
	if err != nil || path != "" {
		return []string{path}, err
	}
	path = filepath.Join(configFolder(s), "kbs2", "key")
	if _, err := os.Stat(path); err != nil {
		return nil, nil
	}
	return []string{path}, nil
}
