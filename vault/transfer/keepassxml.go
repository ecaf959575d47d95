package transfer

import (
	"encoding/xml"
	"errors"
	"strings"
)

// keepass walks over the elements.
type keepass struct {
	entries
	d     *xml.Decoder
	bin   string // UUID of the recycle bin
	depth int

	groups int // at the top
}

// line is where the decoder stands.
func (k *keepass) line() int {
	line, _ := k.d.InputPos()
	return line
}

// bad tells where the XML is none. The decoder's own words may quote it.
func (k *keepass) bad(err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	return fail(ErrSyntax, k.line(), "not XML")
}

// children calls fn for each child element of the one that the decoder is in.
// fn has to take all of it.
func (k *keepass) children(fn func(name string, start xml.StartElement) error) error {
	if k.depth++; k.depth > maxDepth {
		return fail(ErrLimit, k.line(), "nested deeper than %d", maxDepth)
	}
	defer func() { k.depth-- }()
	for {
		token, err := k.d.Token()
		if err != nil {
			return k.bad(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := fn(t.Name.Local, t); err != nil {
				return err
			}
		}
	}
}

// text takes an element that has only text in it.
func (k *keepass) text() (string, error) {
	var b strings.Builder
	for {
		token, err := k.d.Token()
		if err != nil {
			return "", k.bad(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			return b.String(), nil
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			return "", fail(ErrSyntax, k.line(), "%s in a text", printable(t.Name.Local))
		}
	}
}

func (k *keepass) skipElement() error {
	if err := k.d.Skip(); err != nil {
		return k.bad(err)
	}
	return nil
}
