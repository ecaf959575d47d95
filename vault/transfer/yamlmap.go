package transfer

import "go.yaml.in/yaml/v4"

// pair is a member of a mapping.
type pair struct {
	key   string
	value *yaml.Node
	line  int
}

// mapping writes a mapping: its own members in their order, then those that
// merge keys bring and that it has not.
func (y *yamlText) mapping(n *yaml.Node, depth int) error {
	pairs, err := y.pairs(n, depth)
	if err != nil {
		return err
	}
	y.WriteByte('{')
	for i, p := range pairs {
		comma(&y.Buffer, i)
		y.toLine(p.line)
		if err := y.string(p.key, p.line); err != nil {
			return err
		}
		y.WriteByte(':')
		if err := y.node(p.value, depth+1); err != nil {
			return err
		}
	}
	y.WriteByte('}')
	return nil
}

// pairs are the members of a mapping, merged ones last.
func (y *yamlText) pairs(n *yaml.Node, depth int) ([]pair, error) {
	if n.ShortTag() != "!!map" {
		return nil, unknownTag(n)
	}
	var own, merged []pair
	seen := map[string]int{}
	mergeLine := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if err := y.step(k); err != nil {
			return nil, err
		}
		if k.ShortTag() == "!!merge" {
			if mergeLine > 0 {
				return nil, fail(ErrDuplicate, k.Line, "a second merge key (<<) in a mapping, first in line %d: write <<: [*a, *b]", mergeLine)
			}
			mergeLine = k.Line
			more, err := y.merge(v, depth+1)
			if err != nil {
				return nil, err
			}
			merged = more
			continue
		}
		key, err := textKey(k)
		if err != nil {
			return nil, err
		}
		if first, twice := seen[key]; twice {
			return nil, fail(ErrDuplicate, k.Line, "%s is there twice, first in line %d", bare(key), first)
		}
		seen[key] = k.Line
		own = append(own, pair{key, v, k.Line})
	}
	for _, p := range merged {
		if err := y.step(n); err != nil {
			return nil, err
		}
		if _, there := seen[p.key]; !there {
			seen[p.key] = p.line
			own = append(own, p)
		}
	}
	return own, nil
}

// textKey is a key that is a string: what is quoted, and what as a value would
// be text.
func textKey(k *yaml.Node) (string, error) {
	at := k
	if k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind != yaml.ScalarNode {
		return "", fail(ErrName, at.Line, "a key that is no string, but a sequence or a mapping")
	}
	_, word := plainWord(k.Value)
	if k.ShortTag() != "!!str" && (word || isNumber(k.Value) || k.Style&yaml.TaggedStyle != 0) {
		return "", fail(ErrName, at.Line, "a key that is no string: put it in quotes")
	}
	return k.Value, nil
}

// merge gives the members that a merge key brings; of several mappings the first
// counts.
func (y *yamlText) merge(n *yaml.Node, depth int) (all []pair, err error) {
	if err := y.enter(n, depth); err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		err = y.alias(n, func(target *yaml.Node) error {
			all, err = y.merge(target, depth+1)
			return err
		})
		return all, err
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if item.Kind == yaml.SequenceNode {
				return nil, fail(ErrSyntax, item.Line, "a merge key (<<) of something that is no mapping")
			}
			more, err := y.merge(item, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return all, nil
	case yaml.MappingNode:
		return y.pairs(n, depth+1)
	}
	return nil, fail(ErrSyntax, n.Line, "a merge key (<<) of something that is no mapping")
}
