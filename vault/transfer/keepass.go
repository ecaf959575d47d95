package transfer

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"strings"
)

// KeePassMagic is how a database of KeePass begins, of any version: it has to be
// exported by a program that opens it.
const KeePassMagic = "\x03\xd9\xa2\x9a"

// ReadKeePass reads what `keepassxc-cli export` writes, XML or CSV, and KeePass's
// own "KeePass XML (2.x)". The database itself, and XML with protected values,
// are errors that wrap [ErrEncrypted].
//
// Entries become secrets as [Entries] says; folders are the groups below the
// database's own. Users' own attributes are fields; "otp" is NAME_OTP, and what
// KeePass and its plugins keep besides of one-time passwords becomes that. Older
// versions of an entry are left out and told, and so are attachments, passkeys,
// and what is in the recycle bin. A CSV holds no attributes and does not tell
// which group is the bin: one that is called "Recycle Bin" is taken for it.
func ReadKeePass(r io.ReaderAt, size int64, o Entries) (Result, error) {
	head, err := beginning(r, size)
	if err != nil {
		return Result{}, err
	}
	whole := io.NewSectionReader(r, 0, size)
	switch {
	case bytes.HasPrefix(head, []byte(KeePassMagic)):
		return Result{}, fail(ErrEncrypted, 0, "this is a database of KeePass, not an export of one")
	case bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"), []byte("<")):
		return readKeePassXML(whole, o)
	}
	return readForms(whole, o, keepassCSV())
}

func readKeePassXML(r io.Reader, o Entries) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	k := keepass{d: xml.NewDecoder(bytes.NewReader(data))}
	// The text has been found to be UTF-8, whatever it says of itself.
	k.d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := k.file(); err != nil {
		return Result{}, err
	}
	return k.secrets(o)
}

func (k *keepass) file() error {
	for {
		token, err := k.d.Token()
		if err == io.EOF {
			return fail(ErrForm, 0, "no export of KeePass: there is no KeePassFile in it")
		}
		if err != nil {
			return k.bad(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "KeePassFile" {
			return fail(ErrForm, k.line(), "no export of KeePass: it begins with %s", printable(start.Name.Local))
		}
		if err := k.children(k.part); err != nil {
			return err
		}
		if err := k.end(); err != nil || k.groups > 0 {
			return err
		}
		return fail(ErrForm, 0, "no export of KeePass: there is no group of entries in it")
	}
}

// end refuses anything after the one element.
func (k *keepass) end() error {
	for {
		switch token, err := k.d.Token(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return k.bad(err)
		default:
			if _, more := token.(xml.StartElement); more {
				return fail(ErrSyntax, k.line(), "a second element at the top")
			}
		}
	}
}

// part takes Meta, which comes first, or Root.
func (k *keepass) part(name string, _ xml.StartElement) error {
	switch name {
	case "Meta":
		return k.children(func(name string, _ xml.StartElement) (err error) {
			if name == "RecycleBinUUID" {
				k.bin, err = k.text()
				return err
			}
			return k.skipElement()
		})
	case "Root":
		return k.children(func(name string, _ xml.StartElement) error {
			switch name {
			case "Group":
				k.groups++
				return k.group(nil, false)
			case "Entry":
				return k.misplaced(name)
			}
			return k.skipElement()
		})
	case "Group", "Entry":
		return k.misplaced(name)
	}
	return k.skipElement()
}

// misplaced refuses what would be lost where it stands.
func (k *keepass) misplaced(name string) error {
	return fail(ErrForm, k.line(), "no export of KeePass: %s stands where there is none", printable(name))
}

// group takes a group. above are the names of the groups that it is in, none
// for the database's own.
func (k *keepass) group(above []string, binned bool) error {
	isRoot := above == nil
	path, uuid := above, ""
	if isRoot {
		path = []string{}
	}
	return k.children(func(name string, _ xml.StartElement) (err error) {
		switch name {
		case "UUID": // before entries and groups
			uuid, err = k.text()
			binned = binned || uuid == k.bin && !isZeroUUID(uuid)
			return err
		case "Name":
			called, err := k.text()
			if !isRoot {
				path = append(append([]string{}, above...), called)
			}
			return err
		case "Entry":
			return k.entry(strings.Join(path, "/"), binned)
		case "Group":
			return k.group(path, binned)
		}
		return k.skipElement()
	})
}

func isZeroUUID(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && len(bytes.Trim(b, "\x00")) == 0
}

func (k *keepass) entry(folder string, binned bool) error {
	e, err := k.begin(k.line())
	if err != nil {
		return err
	}
	e.folder = folder
	var left leftovers
	err = k.children(func(name string, _ xml.StartElement) error {
		switch name {
		case "String":
			return k.attribute(e, &left)
		case "Entry", "Group":
			return k.misplaced(name)
		case "Binary":
			left.attachments++
		case "History":
			return k.children(func(string, xml.StartElement) error {
				left.versions++
				return k.skipElement()
			})
		}
		return k.skipElement()
	})
	if err != nil {
		return err
	}
	if binned {
		k.skip(e.path(true), "it is in the recycle bin")
		return nil
	}
	understood, err := left.otp.add(e)
	if err != nil {
		return err
	}
	if !understood {
		left.odd++
	}
	for _, what := range []struct {
		n    int
		text string
	}{
		{left.versions, "its older versions are not taken"},
		{left.attachments, "its attachments are not taken"},
		{left.passkeys, passkeyLeft},
		{left.odd, "what its one-time passwords are made of is not understood, and kept as it is"},
	} {
		if what.n > 0 {
			k.skip(e.path(true), "%s", what.text)
		}
	}
	k.add(e)
	return nil
}

// leftovers counts what is not taken of an entry, and holds what is taken last.
type leftovers struct {
	versions, attachments, passkeys, odd int
	otp                                  keepassOTP
}

// attribute takes a String: a Key and a Value.
func (k *keepass) attribute(e *entry, left *leftovers) error {
	var key, value string
	err := k.children(func(name string, start xml.StartElement) (err error) {
		switch name {
		case "Key":
			key, err = k.text()
			return err
		case "Value":
			for _, a := range start.Attr {
				if a.Name.Local == "Protected" && strings.EqualFold(a.Value, "true") {
					return fail(ErrEncrypted, k.line(), "values in this file are protected: it is the inside of a database, not an export")
				}
			}
			value, err = k.text()
			return err
		}
		return k.skipElement()
	})
	if err != nil {
		return err
	}
	if left.otp.take(key, value) {
		return nil
	}
	switch key {
	case "Title":
		e.title = value
		return nil
	case "Password":
		return e.set(mainField, value)
	case "UserName":
		return e.set(usernameField, value)
	case "URL":
		return e.setURL(value)
	case "otp":
		return e.set(otpField, value)
	}
	if strings.HasPrefix(key, "KPEX_PASSKEY") {
		left.passkeys++
		return nil
	}
	before := len(e.fields)
	err = e.set(label(key), value)
	e.named(key, before)
	return err
}
