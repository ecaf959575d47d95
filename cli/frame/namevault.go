package frame

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/vault"
)

// A command that changes a vault names it, unless the user did, or it lies in the
// current work tree or is attached to it: where a .tacit is not where it was thought to be, the change
// lands in another vault, and that has to be seen. What other programs call
// (git-credential, docker-credential) says nothing: which vault those take does not
// depend on the folder.

// Wrote notes which vault was changed.
func (s *Session) Wrote(st vault.Status) {
	if s.Changed = ""; s.Named() == "" && len(s.Envs.Value()) == 0 && s.attached == "" && (IsDefault(s, st.Path) || !inWorkTree(s, st.Path)) {
		s.Changed = st.Path
	}
}

// InVault is what a message adds that says what was changed: "" where the vault
// need not be named.
func (s *Session) InVault() string {
	switch {
	case s.Changed == "":
		return ""
	case IsDefault(s, s.Changed):
		return ", in the default vault"
	}
	return ", in the vault " + s.Changed
}

// Did tells what was changed: a note, unless it has to say in which vault.
func (s *Session) Did(format string, args ...any) {
	if s.Changed == "" {
		s.Note(format, args...)
	} else if !s.JSON { // there a member says it
		s.Say(format, args...)
	}
}

// IsDefault tells whether a path without links is that of the default vault.
func IsDefault(s *Session, path string) bool {
	dir, err := s.DefaultVault()
	if err != nil {
		return false
	}
	folder, err := os.Stat(dir)
	if err != nil {
		return false
	}
	at, err := os.Stat(path)
	return err == nil && os.SameFile(at, folder)
}

// inWorkTree tells whether a path without links lies in the current work tree: that
// of git, or else the current folder.
func inWorkTree(s *Session, path string) bool {
	wd, err := s.Getwd()
	if err == nil {
		wd, err = filepath.EvalSymlinks(wd)
	}
	if err != nil {
		return false
	}
	root := wd
	if tree, ok := disk.GitTree(wd); ok {
		root = tree
	}
	folder, err := os.Stat(root)
	return err == nil && disk.LiesIn(path, folder)
}

// naming adds a member "vault" to an object, or to each object of an array.
func naming(v any, path string) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(b) > 0 && b[0] == '[' {
		var list []json.RawMessage
		err := json.Unmarshal(b, &list)
		for i, one := range list {
			list[i] = member(one, path)
		}
		return list, err
	}
	return member(b, path), nil
}

// member adds the member at the end: the order of the others stays.
func member(object json.RawMessage, path string) json.RawMessage {
	name, err := json.Marshal(path)
	if err != nil || len(object) < 2 || object[0] != '{' {
		return object
	}
	comma := ","
	if len(object) == 2 {
		comma = ""
	}
	return append(object[:len(object)-1:len(object)-1], comma+`"vault":`+string(name)+"}"...)
}

// Describe is what this machine remembers of a vault.
func Describe(p vault.Place) string {
	switch {
	case p.ID == "":
		return "a vault that its memory does not tell"
	case p.Seq == 0:
		return "the vault " + p.ID
	}
	return fmt.Sprintf("the vault %s, last seen at commit %d", p.ID, p.Seq)
}
