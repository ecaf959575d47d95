package vault

import (
	"os"
	"strings"

	"github.com/tacit-vault/tacit/store/storedir"
)

const (
	gitignoreName  = ".gitignore"
	gitignoreLimit = 4096 // bytes: ours has two
)

// Ignored tells whether git leaves the vault's folder alone. The file that says
// so is the vault's: whoever can write to the folder can put anything there, so
// no link is followed, no pipe waited on, and no more than 4 KiB are read.
func Ignored(dir string) bool {
	b, err := readIn(dir, gitignoreName, gitignoreLimit)
	return err == nil && strings.TrimSpace(string(b)) == "*"
}

// Ignore has git leave the vault's folder alone: git cannot keep its mode, and
// would keep its history for good. What is in the file's place is replaced, never
// written through.
func Ignore(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return storedir.ReplaceIn(root, gitignoreName, []byte("*\n"))
}
