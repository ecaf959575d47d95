package transfer

import (
	"bytes"
	"io"
	"slices"
)

// ReadBitwarden reads an export of Bitwarden or Vaultwarden: its JSON, the JSON
// in its zip file, or its CSV, of a user or an organization. An encrypted export
// is an error that wraps [ErrEncrypted].
//
// Entries become secrets as [Entries] says. A field that only points to another
// is left out and told.
func ReadBitwarden(r io.ReaderAt, size int64, o Entries) (Result, error) {
	head, err := beginning(r, size)
	if err != nil {
		return Result{}, err
	}
	whole := io.NewSectionReader(r, 0, size)
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return readZipped(r, size, "data.json", func(r io.Reader) (Result, error) { return readBitwardenJSON(r, o) })
	case bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"), []byte("{")):
		return readBitwardenJSON(whole, o)
	}
	return readForms(whole, o, bitwardenCSV(), bitwardenOrgCSV())
}

func readBitwardenJSON(r io.Reader, o Entries) (Result, error) {
	data, export, err := readExport(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	switch {
	case string(export.values["encrypted"]) == "true":
		return Result{}, fail(ErrEncrypted, 0, "this export is encrypted")
	case export.values["items"] == nil:
		return Result{}, fail(ErrForm, 0, `no export of Bitwarden: there are no "items" in it`)
	}
	b := bitwarden{lines: lines{data: data}}
	if err := b.readFolders(export); err != nil {
		return Result{}, err
	}
	items, err := export.list("items", maxItems, 0)
	if err != nil {
		return Result{}, err
	}
	for _, raw := range items {
		if err := b.readItem(raw); err != nil {
			return Result{}, err
		}
	}
	return b.secrets(o)
}

type bitwarden struct {
	entries
	lines   lines
	folders map[string]string // names by id, of collections too
}

func (b *bitwarden) readFolders(export record) error {
	b.folders = make(map[string]string)
	for _, kind := range []string{"folders", "collections"} {
		list, err := export.list(kind, maxItems, 0)
		if err != nil {
			return err
		}
		for _, raw := range list {
			folder, err := readRecord(raw, "a folder", 0)
			if err != nil {
				return err
			}
			b.folders[folder.text("id")] = folder.text("name")
		}
	}
	return nil
}

func (b *bitwarden) folderOf(item record) (string, error) {
	if id := item.text("folderId"); id != "" {
		return b.folders[id], nil
	}
	ids, err := item.list("collectionIds", maxFields, 0)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return b.folders[text(ids[0])], nil
}

// bitwardenMeta are the members of an item that hold nothing to keep, or that
// readItem takes one by one.
var bitwardenMeta = []string{
	"id", "organizationId", "folderId", "collectionIds", "type", "reprompt", "name",
	"favorite", "key", "creationDate", "revisionDate", "deletedDate", "archivedDate",
	"notes", "fields", "login", "secureNote", "passwordHistory", "attachments", "object",
}

func (b *bitwarden) readItem(raw []byte) error {
	line := b.lines.at(raw)
	item, err := readRecord(raw, "an item", line)
	if err != nil {
		return err
	}
	e, err := b.begin(line)
	if err != nil {
		return err
	}
	e.title = item.text("name")
	if e.folder, err = b.folderOf(item); err != nil {
		return err
	}
	for _, gone := range []struct{ member, reason string }{
		{"deletedDate", "it is in the trash"}, {"archivedDate", "it is archived"},
	} {
		if item.isSet(gone.member) {
			b.skip(e.path(true), "%s", gone.reason)
			return nil
		}
	}
	if err := b.readLogin(e, item); err != nil {
		return err
	}
	for _, name := range item.names {
		if !slices.Contains(bitwardenMeta, name) {
			if err := b.readMembers(e, name, item); err != nil {
				return err
			}
		}
	}
	isNote := string(item.values["type"]) == "2"
	if err := e.setJSON(e.notesLabel(isNote), item.values["notes"]); err != nil {
		return err
	}
	if err := b.readFields(e, item); err != nil {
		return err
	}
	for _, left := range []struct{ member, what string }{{"passwordHistory", "older passwords"}, {"attachments", "attachments"}} {
		if item.isSet(left.member) {
			b.skip(e.path(true), "its %s are not taken", left.what)
		}
	}
	b.add(e)
	return nil
}

func (b *bitwarden) readLogin(e *entry, item record) error {
	login, err := readRecord(item.values["login"], `"login"`, e.line)
	if err != nil {
		return err
	}
	for _, f := range []struct{ label, member string }{
		{mainField, "password"}, {usernameField, "username"}, {otpField, "totp"},
	} {
		if err := e.setJSON(f.label, login.values[f.member]); err != nil {
			return err
		}
	}
	uris, err := login.list("uris", maxFields, e.line)
	if err != nil {
		return err
	}
	for _, raw := range uris {
		uri, err := readRecord(raw, `"uris"`, e.line)
		if err != nil {
			return err
		}
		e.noteHost(uri.text("uri"))
		if err := e.setJSON(urlField, uri.values["uri"]); err != nil {
			return err
		}
	}
	if login.isSet("fido2Credentials") {
		b.skip(e.path(true), "%s", passkeyLeft)
	}
	return nil
}

// readMembers takes the fields of a card, an identity, an SSH key, and of kinds
// that are yet to come.
func (b *bitwarden) readMembers(e *entry, name string, item record) error {
	raw := item.values[name]
	if !bytes.HasPrefix(raw, []byte("{")) {
		if item.isSet(name) {
			b.skip(e.path(true), "its %s is not known", printable(name))
		}
		return nil
	}
	kind, err := readRecord(raw, printable(name), e.line)
	if err != nil {
		return err
	}
	for _, member := range kind.names {
		field := camelLabel(member)
		if name == "sshKey" && member == "privateKey" {
			field = mainField
		}
		if err := e.setJSON(field, kind.values[member]); err != nil {
			return err
		}
	}
	return nil
}

// readFields takes the user's own fields.
func (b *bitwarden) readFields(e *entry, item record) error {
	list, err := item.list("fields", maxFields, e.line)
	if err != nil {
		return err
	}
	for _, raw := range list {
		field, err := readRecord(raw, "a field", e.line)
		if err != nil {
			return err
		}
		if field.isSet("linkedId") {
			b.skip(e.path(true), "its field %s only points to another", printable(field.text("name")))
			continue
		}
		before := len(e.fields)
		if err := e.setJSON(label(field.text("name")), field.values["value"]); err != nil {
			return err
		}
		e.named(field.text("name"), before)
	}
	return nil
}
