package transfer

import (
	"fmt"
	"io"
)

// ReadLivePerson reads the settings.json of LivePerson Functions:
//
//	{"secrets": [{"key": "NAME", "value": …}, …], "whitelist": [ … ]}
//
// A value that is a string becomes text, {"$base64":"…"} bytes, anything else
// JSON with its digits as they stand. The template's element with an empty key
// and an empty value is passed over. Of several elements with one key the first
// counts, as it does for LivePerson's own client; the others, and an empty key
// with a value, are told in Skipped.
func ReadLivePerson(r io.Reader) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	doc, err := parseSettings(data)
	if err != nil {
		return Result{}, err
	}
	var c collector
	for i, e := range doc.secrets {
		switch first, seen := c.seen[e.key]; {
		case e.key == "" && string(e.value) == `""`:
		case e.key == "":
			c.skip("", "secrets[%d] has a value and an empty key", i)
		case seen:
			c.skip(e.key, "secrets[%d] has the key of an element before it (line %d); the first counts", i, first.line)
		default:
			if err := checkName(e.key, e.line); err != nil {
				return Result{}, err
			}
			v, err := fromJSON(e.value, e.key, e.line)
			if err != nil {
				return Result{}, err
			}
			if err := c.add(e.key, v, origin{e.key, e.line}); err != nil {
				return Result{}, err
			}
		}
	}
	return c.result, nil
}

func (c *collector) skip(name, format string, args ...any) {
	c.result.Skipped = append(c.result.Skipped, Skipped{Name: name, Reason: fmt.Sprintf(format, args...)})
}

// settings is a settings.json as it stands: its members in order, those of each
// secret too.
type settings struct {
	members []member
	secrets []secret
}

// member is one of an object. Key and value are JSON; the value of "secrets" is
// not kept.
type member struct{ key, value []byte }

// secret is an element of "secrets".
type secret struct {
	members []member
	key     string
	value   []byte
	line    int
}

// parseSettings checks the form, not the names.
func parseSettings(data []byte) (*settings, error) {
	s, err := newScanner(data)
	if err != nil {
		return nil, err
	}
	if s.next() != '{' {
		return nil, fail(ErrSyntax, s.lineHere(), "there must be an object at the top")
	}
	doc, found := new(settings), false
	err = s.object(func(key []byte, line int) error {
		if text(key) != "secrets" {
			doc.members = append(doc.members, member{key, s.value()})
			return nil
		}
		if found {
			return fail(ErrDuplicate, line, `"secrets" is there twice`)
		}
		found = true
		doc.members = append(doc.members, member{key, nil})
		return doc.parseSecrets(s)
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fail(ErrSyntax, 0, `there is no "secrets" in it`)
	}
	return doc, nil
}

func (doc *settings) parseSecrets(s *scanner) error {
	if s.next() != '[' {
		return fail(ErrSyntax, s.lineHere(), `"secrets" must be an array`)
	}
	return s.array(func(i int) error {
		if len(doc.secrets) == maxItems {
			return fail(ErrLimit, s.lineHere(), "more than %d secrets", maxItems)
		}
		e, err := parseSecret(s, i)
		doc.secrets = append(doc.secrets, e)
		return err
	})
}

func parseSecret(s *scanner, i int) (secret, error) {
	e := secret{line: s.lineHere()}
	if s.next() != '{' {
		return e, fail(ErrSyntax, e.line, "secrets[%d] must be an object", i)
	}
	hasKey := false
	err := s.object(func(rawKey []byte, line int) error {
		isString := s.next() == '"'
		m := member{rawKey, s.value()}
		e.members = append(e.members, m)
		switch text(rawKey) {
		case "key":
			if hasKey {
				return fail(ErrDuplicate, line, `secrets[%d] has "key" twice`, i)
			}
			if !isString {
				return fail(ErrSyntax, line, `secrets[%d]: "key" must be a string`, i)
			}
			hasKey, e.key = true, text(m.value)
		case "value":
			if e.value != nil {
				return fail(ErrDuplicate, line, `secrets[%d] has "value" twice`, i)
			}
			e.value = m.value
		}
		return nil
	})
	switch {
	case err != nil:
		return e, err
	case !hasKey:
		return e, fail(ErrSyntax, e.line, `secrets[%d] has no "key"`, i)
	case e.value == nil:
		return e, fail(ErrSyntax, e.line, `secrets[%d] has no "value"`, i)
	}
	return e, nil
}
