package doctor

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/membership"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// groups tells of the groups that the vault is in. No address is asked.
func (d *doctor) groups(list []vault.Membership, err error) {
	if err != nil {
		d.tampered(err)
		return
	}
	for _, m := range list {
		d.group(m)
	}
}

// group tells of one group, and advises on what waits for the user.
func (d *doctor) group(m vault.Membership) {
	name := failure.TheGroup.Named(m.Name())
	advise := func(message string, way remedy.Remedy) {
		d.add(health.Finding{Check: "groups", Level: health.Advice, Message: m.Name() + ": " + message, Remedy: way})
	}
	switch {
	case m.Removed:
		advise("this vault was removed from the group", remedy.To(failure.LeaveGroup, name))
		return
	case m.Waiting:
		advise("this vault waits to be admitted", remedy.To(failure.AwaitAdmission))
		return
	}
	d.add(health.Finding{Check: "groups", Message: m.Name() + ": " + membership.Text(d.s, m)})
	if m.Conflicts > 0 {
		advise(frame.Count(m.Conflicts, "conflict")+": values that lost against others are kept", remedy.To(failure.ResolveConflicts))
	}
	if m.Restored {
		advise("the vault was restored: nothing is sent until every address was asked for what it has written", remedy.To(failure.SyncGroups))
	}
	if len(m.Addresses) == 0 && !m.Locked {
		advise("the group has no address", remedy.To(failure.GiveAddress, name))
	} else if m.Late(d.s.Now()) {
		advise(d.heard(m), remedy.To(failure.SyncGroups))
	}
	for _, address := range m.Addresses {
		if !filepath.IsAbs(address) { // a server, which is not asked
			continue
		}
		if _, err := os.Stat(address); err != nil {
			advise("its folder "+address+" is not there", remedy.To(failure.PutAddressBack, remedy.Path.Named(address), name))
		}
	}
}

// heard says how long ago the owner was heard of.
func (d *doctor) heard(m vault.Membership) string {
	if m.AsOf.IsZero() {
		return "the owner was never heard of"
	}
	return fmt.Sprintf("the owner was last heard of %s ago, longer than two beats of the group", d.s.Age(m.AsOf))
}

// attachments tells of the folders that this vault is attached to, and of what is
// attached to this project.
func (d *doctor) attachments() {
	const check = "attachments"
	list, err := membership.Attachments(d.s, d.dir)
	if err != nil {
		f := failure.Explain(err)
		d.addFailure(health.Finding{Check: check, Level: health.Fault, Message: f.Message}, f)
	}
	for _, a := range list {
		found := health.Finding{Check: check, Level: health.Advice, Message: a.Vault + ", attached to " + membership.Where(a.Attachment)}
		folder := remedy.Folder.Named(a.Folder)
		switch {
		case a.Since != "":
			found.Message += ", is gone, and was seen since at " + a.Since
			found.Remedy = remedy.To(remedy.AttachSince, folder, remedy.Target.Named(a.Since), remedy.Vault.Named(a.Vault))
		case a.Gone:
			found.Message += ", is gone"
			found.Remedy = remedy.To(remedy.PutBackOrForget, remedy.Vault.Named(a.Vault))
		case a.Lost:
			found.Message += ": that folder is gone"
			found.Remedy = remedy.To(failure.AttachMovedFolder, folder)
		case a.Hidden:
			found.Message += ", is not used there: the folder has a vault of its own, which goes first"
			found.Remedy = remedy.To(failure.DetachHidden, folder)
		default:
			found.Level = health.OK
		}
		d.add(found)
	}
	if folders := membership.Several(list, d.dir); len(folders) > 0 {
		d.add(health.Finding{Check: check, Message: fmt.Sprintf("%d folders use this vault", len(folders))})
	}
}
