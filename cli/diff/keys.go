package diff

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/vault"
)

// A keyChange is a key of a value that differs.
type keyChange struct {
	sign byte // + added, - gone, ~ changed
	key  string
}

// keyChanges lists the keys that differ, in order; none where the two values are not both
// JSON objects, or both lines like NAME=VALUE.
func keyChanges(from, to vault.Value) (changes []keyChange) {
	parse := assignments
	if from.Kind().String() == "json" && to.Kind().String() == "json" {
		parse = members
	}
	old, news := parse(from.Reveal()), parse(to.Reveal())
	defer wipe(old)
	defer wipe(news)
	if old == nil || news == nil {
		return nil
	}
	keys := slices.AppendSeq(slices.Collect(maps.Keys(old)), maps.Keys(news))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		a, had := old[key]
		b, has := news[key]
		switch {
		case !had:
			changes = append(changes, keyChange{'+', key})
		case !has:
			changes = append(changes, keyChange{'-', key})
		case !bytes.Equal(a, b):
			changes = append(changes, keyChange{'~', key})
		}
	}
	return changes
}

// wipe clears the copies that were compared.
func wipe(values map[string][]byte) {
	for _, v := range values {
		clear(v)
	}
}

// members are those of a JSON object; nil for another value.
func members(value []byte) map[string][]byte {
	var raw map[string]json.RawMessage
	if json.Unmarshal(value, &raw) != nil || raw == nil {
		return nil
	}
	list := make(map[string][]byte, len(raw))
	for key, v := range raw {
		list[key] = v
	}
	return list
}

// leastLines keeps the name of an assignment from being a part of a secret: one line with
// an equals sign may be base64.
const leastLines = 2

// assignments are the lines of a value where all but empty ones and comments are like
// NAME=VALUE, and nil where not: no word of another value is taken for a name.
func assignments(value []byte) map[string][]byte {
	list := map[string][]byte{}
	for line := range bytes.Lines(value) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		name, rest, ok := bytes.Cut(bytes.TrimPrefix(line, []byte("export ")), []byte("="))
		if _, twice := list[string(name)]; !ok || twice || !isName(name) {
			wipe(list)
			return nil
		}
		list[string(name)] = bytes.Clone(rest)
	}
	if len(list) < leastLines {
		wipe(list)
		return nil
	}
	return list
}

// isName tells whether this can be a variable of an environment.
func isName(name []byte) bool {
	if len(name) == 0 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	return !bytes.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
