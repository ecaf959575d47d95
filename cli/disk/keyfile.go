package disk

import (
	"io"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// ReadKeyFile reads a file of a key.
func ReadKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failure.FileError("reading", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, failure.FileError("reading", path, err)
	}
	if len(b) > maxKeyFile {
		return nil, failure.Fault(vault.InvalidValue, "%s is larger than a key", path)
	}
	return b, nil
}

// maxKeyFile is the largest file of a public key, or of a plugin's identities,
// in bytes.
const maxKeyFile = 16 << 10
