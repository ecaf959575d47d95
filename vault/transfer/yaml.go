package transfer

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes is how many nodes a YAML file may have once its aliases stand for
// what they mean.
const maxNodes = 1_000_000

// ReadYAML reads one document, a mapping, as [ReadJSON] reads an object. Plain
// true, false, null and numbers that JSON has are themselves; every other scalar
// is text as it stands, 0042, 1_000, 0x1F, .inf, yes and dates too: a password
// must not become another. !!binary is bytes. Anchors, aliases and merge keys
// mean what they mean.
//
// A key twice in a mapping, one that is no string, a tag that is not YAML's own,
// a second document, and more than 8 MiB or 1,000,000 nodes are errors.
func ReadYAML(r io.Reader, flatten bool) (Result, error) {
	data, err := readAll(r)
	if err != nil {
		return Result{}, err
	}
	defer clear(data)
	top, err := parseYAML(data)
	if err != nil {
		return Result{}, err
	}
	if top.Kind != yaml.MappingNode {
		return Result{}, fail(ErrSyntax, top.Line, "there must be a mapping at the top")
	}
	y := yamlText{jsonText: jsonText{line: 1}, open: map[*yaml.Node]bool{}}
	defer func() { clear(y.Bytes()) }()
	if err := y.node(top, 0); err != nil {
		return Result{}, err
	}
	return readObject(y.Bytes(), flatten)
}

// parseYAML gives the one document that is in the file.
func parseYAML(data []byte) (*yaml.Node, error) {
	if err := checkConfig(data); err != nil {
		return nil, err
	}
	// The library knows version 1.1 only; what 1.2 changed is decided here.
	data = bytes.Replace(data, []byte("%YAML 1.2\n"), []byte("%YAML 1.1\n"), 1)
	defer clear(data)
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := d.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && len(doc.Content) == 0:
		return nil, fail(ErrSyntax, 0, "there is nothing in it")
	case err != nil:
		return nil, yamlError(err)
	}
	err = d.Decode(&next)
	switch {
	case err == nil:
		return nil, fail(ErrSyntax, next.Line, "a second document begins")
	case !errors.Is(err, io.EOF):
		return nil, yamlError(err)
	}
	return doc.Content[0], nil
}

// yamlError keeps the line of the library's error: the rest may quote the file.
func yamlError(err error) error {
	line := 0
	_, _ = fmt.Sscanf(err.Error(), "yaml: line %d:", &line) // 0 where it has none
	return fail(ErrSyntax, line, "not YAML")
}

// yamlText writes a document as JSON.
type yamlText struct {
	jsonText
	open  map[*yaml.Node]bool // what aliases stand for, while it is written
	nodes int
}

func (y *yamlText) node(n *yaml.Node, depth int) error {
	if err := y.enter(n, depth); err != nil {
		return err
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return y.scalar(n)
	case yaml.SequenceNode:
		return y.sequence(n, depth)
	case yaml.MappingNode:
		return y.mapping(n, depth)
	case yaml.AliasNode:
		return y.alias(n, func(target *yaml.Node) error { return y.node(target, depth+1) })
	}
	return fail(ErrSyntax, n.Line, "something that is neither a scalar, a sequence nor a mapping")
}

// enter counts a node.
func (y *yamlText) enter(n *yaml.Node, depth int) error {
	if y.nodes++; y.nodes > maxNodes || y.Len() > maxFile {
		return fail(ErrLimit, n.Line, "more than %d nodes or %d MiB, with what its aliases stand for", maxNodes, maxFile>>20)
	}
	if depth > maxDepth {
		return fail(ErrLimit, n.Line, "nested deeper than %d", maxDepth)
	}
	return nil
}

// alias calls with what the alias stands for.
func (y *yamlText) alias(n *yaml.Node, with func(*yaml.Node) error) error {
	if y.open[n.Alias] {
		return fail(ErrSyntax, n.Line, "an alias of something that it is part of")
	}
	y.open[n.Alias] = true
	defer delete(y.open, n.Alias)
	return with(n.Alias)
}

func (y *yamlText) sequence(n *yaml.Node, depth int) error {
	if tag := n.ShortTag(); tag != "!!seq" {
		return unknownTag(n)
	}
	y.WriteByte('[')
	for i, item := range n.Content {
		comma(&y.Buffer, i)
		if err := y.node(item, depth+1); err != nil {
			return err
		}
	}
	y.WriteByte(']')
	return nil
}

func unknownTag(n *yaml.Node) error {
	return fail(ErrValue, n.Line, "the tag %s is not known here", printable(n.Tag))
}

func (y *yamlText) scalar(n *yaml.Node) error {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	tag := n.ShortTag()
	switch {
	case n.Style&yaml.TaggedStyle != 0 && tag == "!!binary":
		return y.binary(n)
	case n.Style&yaml.TaggedStyle != 0 && (tag == "!!str" || tag == "!" || tag == "!!timestamp"):
		return y.string(n.Value, n.Line)
	case n.Style&yaml.TaggedStyle != 0 && tag != "!!int" && tag != "!!float" && tag != "!!bool" && tag != "!!null":
		return unknownTag(n)
	case quoted && n.Style&yaml.TaggedStyle == 0:
		return y.string(n.Value, n.Line)
	}
	if word, ok := plainWord(n.Value); ok {
		y.WriteString(word)
		return nil
	}
	return y.number(n.Value, n.Line)
}

// plainWord is true, false or null, where a plain scalar means that.
func plainWord(s string) (string, bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return "null", true
	case "true", "True", "TRUE":
		return "true", true
	case "false", "False", "FALSE":
		return "false", true
	}
	return "", false
}

func (y *yamlText) binary(n *yaml.Node) error {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		return fail(ErrValue, n.Line, "!!binary that is not base64")
	}
	defer clear(raw)
	y.WriteString(`{"$base64":"` + base64.StdEncoding.EncodeToString(raw) + `"}`)
	return nil
}
