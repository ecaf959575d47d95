package transfer

import (
	"encoding/base64"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxNodes is how many steps a YAML file may take to be written out: one for
// each node, and one for each member of a mapping each time that an alias or a
// merge key brings it.
const maxNodes = 1_000_000

// ReadYAML reads one document, a mapping, as [ReadJSON] reads an object. Plain
// true, false, null and numbers that JSON has are themselves; every other scalar
// is text as it stands, 0042, 1_000, 0x1F, .inf, yes and dates too: a password
// must not become another. !!binary is bytes. Anchors, aliases and merge keys
// mean what they mean.
//
// A key twice in a mapping (<< too), one that is no string, a tag that is not
// YAML's own, a second document, a line break of YAML 1.1 that 1.2 does not know,
// and more than 8 MiB are errors; so are more than 1,000,000 nodes, counted again
// each time that an alias or a merge key brings them.
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
	y := newYAMLText()
	defer func() { clear(y.Bytes()) }()
	if err := y.node(top, 0); err != nil {
		return Result{}, err
	}
	return readObject(y.Bytes(), flatten)
}

// yamlText writes a document as JSON.
type yamlText struct {
	jsonText
	open  map[*yaml.Node]bool // what aliases stand for, while it is written
	nodes int                 // steps so far, of maxNodes
}

func newYAMLText() *yamlText {
	return &yamlText{jsonText: jsonText{line: 1}, open: map[*yaml.Node]bool{}}
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
	if depth > maxDepth {
		return fail(ErrLimit, n.Line, "nested deeper than %d", maxDepth)
	}
	return y.step(n)
}

// step counts, and is what everything that aliases and merge keys multiply has
// to pass.
func (y *yamlText) step(n *yaml.Node) error {
	if y.nodes++; y.nodes > maxNodes || y.Len() > maxFile {
		return fail(ErrLimit, n.Line, "more than %d nodes or %d MiB, with what its aliases and merge keys stand for", maxNodes, maxFile>>20)
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
	switch {
	case n.Tag == "!": // the library does not call it a tag; 1.2 has it mean a string
		return y.string(n.Value, n.Line)
	case n.Style&yaml.TaggedStyle != 0:
		return y.tagged(n)
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return y.string(n.Value, n.Line)
	}
	if word, ok := plainWord(n.Value); ok {
		y.WriteString(word)
		return nil
	}
	return y.number(n.Value, n.Line)
}

// tagged writes a scalar that says what it is, and has to be that.
func (y *yamlText) tagged(n *yaml.Node) error {
	tag := n.ShortTag()
	word, isWord := plainWord(n.Value)
	switch tag {
	case "!!str", "!!timestamp":
		return y.string(n.Value, n.Line)
	case "!!binary":
		return y.binary(n)
	case "!!null", "!!bool":
		if isWord && (word == "null") == (tag == "!!null") {
			y.WriteString(word)
			return nil
		}
	case "!!int", "!!float":
		if isNumber(n.Value) && (tag == "!!float" || !strings.ContainsAny(n.Value, ".eE")) {
			y.WriteString(n.Value)
			return nil
		}
	default:
		return unknownTag(n)
	}
	return fail(ErrValue, n.Line, "the tag %s on something that JSON does not write so: leave out the tag, or put it in quotes", tag)
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
