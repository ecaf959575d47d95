package cli

import "github.com/tacit-vault/tacit/vault"

// checkName refuses a name before anything is asked or read for it. The vault,
// whose rule this is, checks every name again.
func checkName(doing, name string) error {
	ok := len(name) >= 1 && len(name) <= 100
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if ok {
		return nil
	}
	shown := printable(name)
	if runes := []rune(shown); len(runes) > 40 {
		shown = string(runes[:40]) + "…"
	}
	if name == "" {
		shown = `""`
	}
	return fault(vault.InvalidName, "%s %s: not a name", doing, shown).
		hinted("a name is 1 to 100 of the characters A-Z a-z 0-9 _ and -")
}
