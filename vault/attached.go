package vault

import (
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/anchor"
)

// AttachmentState is an attachment, and what has become of it.
type AttachmentState struct {
	Attachment
	Gone   bool   // the vault is not there
	Since  string // where it was seen since, if it is gone
	Lost   bool   // the folder is not there
	Hidden bool   // what lies in the folder itself is used before it
}

// AttachmentsOf lists the attachments of the vault in dir, and those of the nearest
// project from start on up, sorted by folder and environment. Errors are those of
// Attachments.
func AttachmentsOf(start, dir, state string) ([]AttachmentState, error) {
	all, err := Attachments(state)
	if len(all) == 0 {
		return nil, err
	}
	anchors, failed := anchor.At(state)
	if failed != nil {
		return nil, fail("list", failed)
	}
	project, _, _ := ProjectOf(start, state) // what cannot be searched has none
	if real, err := filepath.EvalSymlinks(project); project != "" && err == nil {
		project = real
	}
	var list []AttachmentState
	for _, a := range all {
		if a.Vault != dir && a.Folder != project {
			continue
		}
		s := AttachmentState{
			Attachment: a, Gone: !exists(a.Vault), Lost: !there(a.Folder), Hidden: exists(filepath.Join(a.Folder, DotName(a.Env))),
		}
		if s.Gone {
			s.Since = seenSince(a.Vault, anchors)
		}
		list = append(list, s)
	}
	return list, err
}
