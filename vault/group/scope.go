package group

import (
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// CheckPattern refuses what is no pattern of names: 1 to 100 of the characters of a
// name, where "*" stands for any number of them. Code: InvalidName.
func CheckPattern(p string) error {
	if len(p) <= crypto.MaxName && crypto.CheckName(strings.ReplaceAll(p, "*", "x")) == nil {
		return nil
	}
	return &vault.SecretError{
		Code: vault.InvalidName, Op: "group",
		Message: "a pattern is 1 to 100 letters, digits, _, - and *, which stands for any number of them",
		Remedy:  remedy.To(remedy.UseValidPattern),
	}
}

// badLabel is what is no label of a group or a member.
func badLabel(op string) error {
	return &vault.SecretError{
		Code: vault.InvalidName, Op: op, Message: "a label is 1 to 40 of a to z, 0 to 9 and -", Remedy: remedy.To(remedy.UseValidLabel),
	}
}

// InScope tells whether a pattern takes the name in.
func InScope(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return false
}

// matches takes time in proportion to the product of both lengths at most.
func matches(pattern, name string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(name) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && pattern[i] == name[j]:
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// inGroup is the group's name of a name of this vault, false where it is none of the
// group's.
func (st *state) inGroup(patterns []string, local string) (string, bool) {
	name, ok := strings.CutPrefix(local, st.Prefix)
	return name, ok && name != "" && InScope(patterns, name)
}

// inVault is this vault's name of a name of the group.
func (st *state) inVault(name string) string { return st.Prefix + name }
