package help

import (
	"context"
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// labelFlags are what --label takes, which is not the same everywhere.
func labelFlags() map[string]kindOfWord {
	return map[string]kindOfWord{
		"set": aMark, "update": aMark, "generate": aMark, "ls": aMarking, "expiring": aMarking,
	}
}

// flagKind is what the flag takes whose value the word is.
func (c *completer) flagKind() kindOfWord {
	name := c.longName(c.flag)
	if name == "label" && c.line.Command != nil {
		return labelFlags()[c.line.Command.Name]
	}
	if name == "from" && c.line.Command != nil && c.line.Command.Name == "resolve" {
		return anything // a member, which only the group's owner can list
	}
	return flagKinds()[name]
}

// printMarks says the labels that secrets have, which needs no key; and, for a
// search, their keys alone.
func (c *completer) printMarks(ctx context.Context, keys bool) {
	v, err := c.s.Open(ctx, frame.ToList)
	if err != nil {
		return
	}
	defer v.Close()
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		return
	}
	marks := map[string]bool{}
	for _, in := range infos {
		for key, value := range in.Labels {
			marks[key+"="+value] = true
			if keys {
				marks[key] = true
			}
		}
	}
	for _, mark := range slices.Sorted(maps.Keys(marks)) {
		c.offer(failure.Printable(mark), "")
	}
}
