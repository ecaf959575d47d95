package transfer

import (
	"bytes"
	"io"
)

// ReadOnePassword reads an export of 1Password 8: its 1PUX file, or its CSV.
//
// Entries become secrets as [Entries] says; folders are the vaults, with the
// account's name before them where there are several accounts. The password of a
// login, or of an item of the kind "password", and the private half of an SSH key
// are what an item is there for. Fields are named by their titles, without the
// sections that they stand in. What is a number in the file (dates count seconds
// from 1970, months are 202612) stays one. A link to another item is left out and
// told, and so are documents and files.
func ReadOnePassword(r io.ReaderAt, size int64, o Entries) (Result, error) {
	head, err := beginning(r, size)
	if err != nil {
		return Result{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return readZipped(r, size, "export.data", func(r io.Reader) (Result, error) { return readOnePUX(r, o) })
	case bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"uuid"`)) && !bytes.Contains(head, []byte(`"accounts"`)):
		return Result{}, fail(ErrForm, 0, "1PIF is not read, the export of 1Password 7 and older: those export CSV, too, and 1Password 8 a .1pux file")
	case bytes.HasPrefix(head, []byte("{")):
		return Result{}, fail(ErrForm, 0, "JSON is no export of 1Password: that is a .1pux file, or CSV")
	}
	return readForms(io.NewSectionReader(r, 0, size), o, onePasswordCSV())
}

func readOnePUX(r io.Reader, o Entries) (Result, error) {
	data, export, err := readExport(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	if export.values["accounts"] == nil {
		return Result{}, fail(ErrForm, 0, `no export of 1Password: there are no "accounts" in it`)
	}
	accounts, err := export.list("accounts", maxItems, 0)
	if err != nil {
		return Result{}, err
	}
	p := onePUX{lines: lines{data: data}, several: len(accounts) > 1}
	for _, raw := range accounts {
		if err := p.readAccount(raw); err != nil {
			return Result{}, err
		}
	}
	return p.secrets(o)
}

type onePUX struct {
	entries
	lines   lines
	several bool // accounts
}

// readContainer reads an account or a vault: its name, and a list in it.
func readContainer(raw []byte, what, list string) (string, [][]byte, error) {
	r, err := readRecord(raw, what, 0)
	if err != nil {
		return "", nil, err
	}
	attrs, err := readRecord(r.values["attrs"], `"attrs"`, 0)
	if err != nil {
		return "", nil, err
	}
	elements, err := r.list(list, maxItems, 0)
	return attrs.text("name"), elements, err
}

func (p *onePUX) readAccount(raw []byte) error {
	account, vaults, err := readContainer(raw, "an account", "vaults")
	if err != nil {
		return err
	}
	for _, raw := range vaults {
		folder, items, err := readContainer(raw, "a vault", "items")
		if err != nil {
			return err
		}
		if p.several {
			folder = account + "/" + folder
		}
		for _, raw := range items {
			if err := p.readItem(raw, folder); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *onePUX) readItem(raw []byte, folder string) error {
	line := p.lines.at(raw)
	item, err := readRecord(raw, "an item", line)
	if err != nil {
		return err
	}
	if inner := item.values["item"]; inner != nil { // as the first version of the format has it
		if item, err = readRecord(inner, "an item", line); err != nil {
			return err
		}
	}
	overview, err := readRecord(item.values["overview"], `"overview"`, line)
	if err != nil {
		return err
	}
	details, err := readRecord(item.values["details"], `"details"`, line)
	if err != nil {
		return err
	}
	e, err := p.begin(line)
	if err != nil {
		return err
	}
	e.title, e.folder = overview.text("title"), folder
	switch {
	case item.text("state") == "archived":
		p.skip(e.path(true), "it is archived")
		return nil
	case item.isSet("trashed"), item.text("state") == "deleted":
		p.skip(e.path(true), "it is in the trash")
		return nil
	}
	if err := p.readDetails(e, item, details, overview); err != nil {
		return err
	}
	p.add(e)
	return nil
}

func (p *onePUX) readDetails(e *entry, item, details, overview record) error {
	if err := p.readLogin(e, details); err != nil {
		return err
	}
	if err := readURLs(e, overview); err != nil {
		return err
	}
	sections, err := details.list("sections", maxFields, e.line)
	if err != nil {
		return err
	}
	for _, raw := range sections {
		section, err := readRecord(raw, "a section", e.line)
		if err != nil {
			return err
		}
		fields, err := section.list("fields", maxFields, e.line)
		if err != nil {
			return err
		}
		for _, raw := range fields {
			if err := p.readField(e, raw); err != nil {
				return err
			}
		}
	}
	isNote := item.text("categoryUuid") == "003"
	for _, left := range []struct{ member, what string }{
		{"passwordHistory", "its older passwords are not taken"},
		{"documentAttributes", "its document is not taken"},
		{"passkey", passkeyLeft},
	} {
		if details.isSet(left.member) {
			p.skip(e.path(true), "%s", left.what)
		}
	}
	return e.setJSON(e.notesLabel(isNote), details.values["notesPlain"])
}
