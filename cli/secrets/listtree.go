package secrets

import (
	"maps"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
)

// rowOf makes the row of a secret, with its name as shift has it.
type rowOf func(in vault.Info, shift func(string) string) []table.Cell

// groupRows are the rows under the values of a label, those without it last.
func groupRows(key string, infos []vault.Info, row rowOf) (rows [][]table.Cell) {
	groups := map[string][]vault.Info{}
	var without []vault.Info
	for _, in := range infos {
		if value, ok := in.Labels[key]; ok {
			groups[value] = append(groups[value], in)
		} else {
			without = append(without, in)
		}
	}
	add := func(heading string, infos []vault.Info) {
		rows = append(rows, []table.Cell{{Line: style.In(style.Strong, failure.Printable(heading))}})
		for _, in := range infos {
			rows = append(rows, row(in, func(name string) string { return "  " + name }))
		}
	}
	for _, value := range slices.Sorted(maps.Keys(groups)) {
		add(key+"="+value, groups[value])
	}
	if len(without) > 0 {
		add("no "+key, without)
	}
	return rows
}

// treeRows are the rows under what their names begin with in common.
func treeRows(infos []vault.Info, row rowOf) (rows [][]table.Cell) {
	var below func(infos []vault.Info, taken, level int)
	below = func(infos []vault.Info, taken, level int) {
		indent := strings.Repeat("  ", level)
		for len(infos) > 0 {
			n, prefix := branch(infos, taken)
			if prefix == taken {
				rows = append(rows, row(infos[0], func(name string) string { return indent + name[taken:] }))
			} else {
				rows = append(rows, []table.Cell{table.Text(indent + infos[0].Name[taken:prefix])})
				below(infos[:n], prefix, level+1)
			}
			infos = infos[n:]
		}
	}
	below(infos, 0, 0)
	return rows
}

// branch is how many of the first names, which are sorted, share a prefix beyond what is
// taken, and where the longest such prefix ends: behind a "_" or a "-". A name that shares
// none is alone.
func branch(infos []vault.Info, taken int) (n, prefix int) {
	first := infos[0].Name
	part := nextPart(first, taken)
	if part == len(first) {
		return 1, taken
	}
	for n = 1; n < len(infos) && strings.HasPrefix(infos[n].Name, first[:part]) && len(infos[n].Name) > part; {
		n++
	}
	if n == 1 {
		return 1, taken
	}
	for prefix = part; ; prefix = part {
		part = nextPart(first, prefix)
		shared := func(in vault.Info) bool { return strings.HasPrefix(in.Name, first[:part]) && len(in.Name) > part }
		if part == len(first) || !shared(infos[n-1]) { // sorted: what the last shares, all share
			return n, prefix
		}
	}
}

// nextPart is where the part of a name ends that begins at an offset.
func nextPart(name string, from int) int {
	if i := strings.IndexAny(name[from:], "_-"); i >= 0 {
		return from + i + 1
	}
	return len(name)
}
