package transfer

import "go.yaml.in/yaml/v3"

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
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.ShortTag() == "!!merge" {
			more, err := y.merge(v, depth+1)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		}
		if !isTextKey(k) {
			return nil, fail(ErrName, k.Line, "a key that is no string: put it in quotes")
		}
		if first, twice := seen[k.Value]; twice {
			return nil, fail(ErrDuplicate, k.Line, "%s is there twice, first in line %d", bare(k.Value), first)
		}
		seen[k.Value] = k.Line
		own = append(own, pair{k.Value, v, k.Line})
	}
	for _, p := range merged {
		if _, there := seen[p.key]; !there {
			seen[p.key] = p.line
			own = append(own, p)
		}
	}
	return own, nil
}

// isTextKey tells whether a key is a string: what is quoted, and what as a value
// would be text.
func isTextKey(k *yaml.Node) bool {
	if k.Kind != yaml.ScalarNode || k.ShortTag() == "!!binary" {
		return false
	}
	if k.ShortTag() == "!!str" {
		return true
	}
	_, word := plainWord(k.Value)
	return !word && !isNumber(k.Value)
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
			if y.nodes += len(more); y.nodes > maxNodes {
				return nil, y.enter(n, depth)
			}
			all = append(all, more...)
		}
		return all, nil
	case yaml.MappingNode:
		return y.pairs(n, depth+1)
	}
	return nil, fail(ErrSyntax, n.Line, "a merge key (<<) of something that is no mapping")
}
