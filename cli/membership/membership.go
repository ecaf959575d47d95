// Package membership says which groups and folders a vault belongs to, for the commands
// that tell of a vault.
package membership

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

// Of are the groups of an open vault, be it behind its agent or not; none where the
// agent's socket is for less. It asks for no key. Without one that is at hand only ids
// are known.
func Of(ctx context.Context, s *frame.Session, v frame.OpenVault) ([]vault.Membership, error) {
	switch v := v.(type) {
	case *agent.Client:
		list, err := v.Memberships(ctx)
		if vault.CodeOf(err) == vault.Denied {
			return nil, nil
		}
		return list, err
	case frame.Local:
		if err := unlock(ctx, s, v.Vault); err != nil {
			return nil, err
		}
		return In(ctx, s, v.Vault)
	}
	return nil, nil
}

// unlock unlocks a vault that is in groups, if a key is at hand.
func unlock(ctx context.Context, s *frame.Session, v *vault.Vault) error {
	records, err := vault.GroupRecords(ctx, v)
	if err != nil || len(records) == 0 || v.Unlocked() || s.Memberships == nil {
		return err
	}
	if w, err := frame.KeysAtHand(ctx, s); err == nil && len(w.Keys) > 0 {
		system.Undumpable()
		_ = v.Unlock(ctx, w.Keys...) // the ids are told in any case
	}
	return nil
}

// In are the groups of a vault that is open in this process; their ids alone where it
// is locked.
func In(ctx context.Context, s *frame.Session, v *vault.Vault) ([]vault.Membership, error) {
	records, err := vault.GroupRecords(ctx, v)
	switch {
	case err != nil || len(records) == 0:
		return nil, err
	case s.Memberships == nil:
		return nil, frame.NotLinked("groups")
	}
	return s.Memberships(ctx, v)
}

// Text is a membership in a few words, after the group's name.
func Text(s *frame.Session, m vault.Membership) string {
	switch {
	case m.Locked:
		return "more with a key"
	case m.Waiting:
		return "waits to be admitted"
	case m.Removed:
		return "removed"
	}
	parts := []string{m.Role, frame.Count(m.Members, "member"), frame.Count(m.Secrets, "secret")}
	for _, n := range []struct {
		count int
		what  string
	}{{m.Unsent, "unsent change"}, {m.Conflicts, "conflict"}, {m.Invites, "open invitation"}} {
		if n.count > 0 {
			parts = append(parts, frame.Count(n.count, n.what))
		}
	}
	if m.Synced.IsZero() {
		return strings.Join(append(parts, "never synced"), ", ")
	}
	return strings.Join(append(parts, "synced "+s.Age(m.Synced)+" ago"), ", ")
}

// Attachments are those of the vault in dir and of the project of the current folder.
func Attachments(s *frame.Session, dir string) ([]vault.AttachmentState, error) {
	wd, err := s.Getwd()
	if err != nil {
		return nil, nil // nothing is found from there
	}
	return vault.AttachmentsOf(wd, dir, s.State)
}

// Where is an attachment's folder, with its environment.
func Where(a vault.Attachment) string {
	if a.Env == "" {
		return a.Folder
	}
	return a.Folder + " @" + a.Env
}

// Several are the folders that a vault is attached to, where these are more than one.
func Several(list []vault.AttachmentState, dir string) []string {
	var folders []string
	for _, a := range list {
		if a.Vault == dir {
			folders = append(folders, Where(a.Attachment))
		}
	}
	if len(slices.Compact(folders)) < 2 {
		return nil
	}
	return folders
}

// State is what has become of an attachment, in one word for --json.
func State(a vault.AttachmentState) string {
	switch {
	case a.Since != "":
		return "moved"
	case a.Gone:
		return "gone"
	case a.Lost:
		return "folder_gone"
	case a.Hidden:
		return "hidden"
	}
	return "there"
}
