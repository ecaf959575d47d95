package transfer

import (
	"bytes"
	"strings"
)

// readLogin takes what a form of the web had, and an item's own password.
func (p *onePUX) readLogin(e *entry, details record) error {
	list, err := details.list("loginFields", maxFields, e.line)
	if err != nil {
		return err
	}
	for _, raw := range list {
		field, err := readRecord(raw, "a login field", e.line)
		if err != nil {
			return err
		}
		name := label(field.text("name"))
		switch field.text("designation") {
		case "password":
			name = mainField
		case "username":
			name = usernameField
		}
		if err := p.readValue(e, name, "", field.values["value"]); err != nil {
			return err
		}
	}
	return e.setJSON(mainField, details.values["password"])
}

// readURLs takes all addresses; the first is there twice.
func readURLs(e *entry, overview record) error {
	urls, err := overview.list("urls", maxFields, e.line)
	if err != nil {
		return err
	}
	e.noteHost(overview.text("url"))
	if len(urls) == 0 {
		return e.setJSON(urlField, overview.values["url"])
	}
	for _, raw := range urls {
		u, err := readRecord(raw, `"urls"`, e.line)
		if err != nil {
			return err
		}
		if err := e.setJSON(urlField, u.values["url"]); err != nil {
			return err
		}
	}
	return nil
}

// readField takes a field of a section. Its value is an object whose one member
// tells the kind.
func (p *onePUX) readField(e *entry, raw []byte) error {
	field, err := readRecord(raw, "a field", e.line)
	if err != nil {
		return err
	}
	title := field.text("title")
	if title == "" {
		title = field.text("id")
	}
	value := field.values["value"]
	if !bytes.HasPrefix(value, []byte("{")) {
		return p.readValue(e, label(title), "", value)
	}
	kinds, err := readRecord(value, "a value", e.line)
	if err != nil {
		return err
	}
	for _, kind := range kinds.names {
		name := label(title)
		switch kind {
		case "totp":
			name = otpField
		case "file", "reference":
			if kinds.isSet(kind) {
				what := map[string]string{"file": "file", "reference": "link to another item"}[kind]
				p.skip(e.path(true), "its %s %s is not taken", what, printable(title))
			}
			continue
		}
		before := len(e.fields)
		if err := p.readValue(e, name, kind, kinds.values[kind]); err != nil {
			return err
		}
		if kind != "totp" {
			e.named(title, before)
		}
	}
	return nil
}

// readValue takes a value of a kind. Objects, such as addresses, are taken
// member by member.
func (p *onePUX) readValue(e *entry, name, kind string, raw []byte) error {
	if !bytes.HasPrefix(raw, []byte("{")) {
		return e.setJSON(name, raw)
	}
	value, err := readRecord(raw, "a value", e.line)
	if err != nil {
		return err
	}
	if kind == "sshKey" {
		return readSSHKey(e, value)
	}
	for _, member := range value.names {
		full := strings.TrimPrefix(name+"_"+camelLabel(member), "_")
		if member == "email_address" {
			full = name
		}
		if err := e.setJSON(full, value.values[member]); err != nil {
			return err
		}
	}
	return nil
}

// readSSHKey takes the key from "metadata", where the file has it: that is
// always PKCS #8.
func readSSHKey(e *entry, value record) error {
	metadata, err := readRecord(value.values["metadata"], `"metadata"`, e.line)
	if err != nil {
		return err
	}
	key := metadata.values["privateKey"]
	if !metadata.isSet("privateKey") {
		key = value.values["privateKey"]
	}
	if err := e.setJSON(mainField, key); err != nil {
		return err
	}
	for _, member := range metadata.names {
		if member == "privateKey" {
			continue
		}
		if err := e.setJSON(camelLabel(member), metadata.values[member]); err != nil {
			return err
		}
	}
	return nil
}
