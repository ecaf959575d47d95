package keyring

import (
	"os"
	"path/filepath"
	"runtime"
)

// DefaultIdentityPath is where the identity file of a user lies who named no
// other: $XDG_CONFIG_HOME/tacit/identity.txt, else ~/.config/tacit/identity.txt
// (on Windows, in %AppData%). It is "" where there is no home either. A relative
// $XDG_CONFIG_HOME counts as unset, as its specification asks for.
func DefaultIdentityPath() string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = userConfig()
	}
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "tacit", "identity.txt")
}

func userConfig() string {
	if runtime.GOOS == "windows" {
		dir, _ := os.UserConfigDir() // "" where it is unknown
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return ""
	}
	return filepath.Join(home, ".config")
}
