package help

import (
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/frame"
)

// joinAt undoes what bash does to @NAME: it makes two words of it. at tells whether
// the last word was such a name, so that the shell keeps its @.
func joinAt(words []string) (joined []string, at bool) {
	for i := 0; i < len(words); i++ {
		at = words[i] == "@"
		if at && i+1 < len(words) {
			i++
			joined = append(joined, "@"+words[i])
			continue
		}
		joined = append(joined, words[i])
	}
	return joined, at
}

// printEnvs says the project's environments that the line does not name yet.
func (c *completer) printEnvs(mark string) {
	envs, err := frame.Environments(c.s)
	if err != nil {
		return
	}
	for _, e := range envs {
		if e.Env == "" || slices.Contains(c.line.Envs(), e.Env) {
			continue
		}
		if c.at && mark != "" {
			if strings.HasPrefix(mark+e.Env, c.word) {
				c.s.Results.WriteString(e.Env + "\n")
			}
			continue
		}
		c.offer(mark+e.Env, "")
	}
}
