package help

import (
	"context"

	"github.com/tacit-vault/tacit/cli/frame"
)

// printGroupWords says the names of the vault's groups or, of one of them, of its
// members. That needs a key: where none is available without a question, or an agent has
// the vault, nothing is said.
func (c *completer) printGroupWords(ctx context.Context, group string) {
	if c.s.GroupWords == nil {
		return
	}
	v, err := c.s.Open(ctx, frame.ToRead)
	if err != nil {
		return
	}
	defer v.Close()
	local, ok := v.(frame.Local)
	if !ok {
		return
	}
	words, err := c.s.GroupWords(ctx, local.Vault, group)
	if err != nil {
		return
	}
	for _, word := range words {
		c.offer(word, "")
	}
}

// printMembers says the members of the group that the line names.
func (c *completer) printMembers(ctx context.Context) {
	if args := c.line.Args; c.line.Command.Name == "group" && len(args) > 1 {
		c.printGroupWords(ctx, args[1])
	}
}
