package cli

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
)

// What other tools call it, and the command here that is meant. Their words are
// those of their help: pass 1.7, passage 1.7, gopass 1.15, op 2, gh 2, vault 1.x,
// sops 3, doppler 3; age has flags only.
var whatOthersCallIt = []struct{ tool, typed, means string }{
	{"pass, passage, gopass, op", "show", "get"},
	{"pass, passage, gopass", "insert", "set"},
	{"pass, passage", "add", "set"},
	{"pass, passage, gopass, vault, op, gh", "list", "ls"},
	{"pass, passage, gopass", "ls", "ls"},
	{"pass, passage, gopass", "grep", "find"},
	{"pass, passage, gopass", "search", "find"},
	{"pass, passage, gopass", "find", "find"},
	{"pass, passage, gopass, op, gh, vault, doppler", "delete", "rm"},
	{"pass, passage, gopass, gh", "remove", "rm"},
	{"pass, passage, gopass", "rename", "mv"},
	{"gopass, op", "move", "mv"},
	{"pass, gopass", "git", "git-credential"},
	{"pass-otp, gopass", "totp", "otp"},
	{"gopass", "hotp", "otp"},
	{"passage", "reencrypt", "rotate"},
	{"gopass, bw", "create", "set"},
	{"gopass", "new", "set"},
	{"gopass", "cat", "get"},
	{"gopass, chamber", "env", "env"}, // with a command behind it, it says that run was meant
	{"gopass", "fsck", "verify"},
	{"gopass", "audit", "verify"},
	{"gopass", "history", "history"},
	{"gopass", "hist", "history"},
	{"gopass", "pwgen", "generate"},
	{"gopass", "recipients", "key"},
	{"gopass", "process", "inject"},
	{"gopass", "sync", "sync"},
	{"gopass", "clone", "backup"},
	{"gopass", "unclip", "copy"},
	{"gopass", "setup", "init"},
	{"gopass", "config", "policy"},
	{"gopass", "mounts", "status"},
	{"gopass", "convert", "import"},
	{"many", "clip", "copy"},
	{"op", "signin", "unlock"},
	{"op", "signout", "lock"},
	{"op", "whoami", "status"},
	{"op", "account list", "status"},
	{"op, vault", "read", "get"},
	{"op, doppler", "run", "run"},
	{"op", "inject", "inject"},
	{"op", "item get", "get"},
	{"op", "item create", "set"},
	{"op", "item edit", "edit"},
	{"op", "item list", "ls"},
	{"op", "item delete", "rm"},
	{"op", "document get", "get"},
	{"op", "vault list", "ls"},
	{"gh", "secret set", "set"},
	{"gh", "secret list", "ls"},
	{"gh", "secret delete", "rm"},
	{"gh", "auth login", "unlock"},
	{"gh, doppler, vault, bw", "login", "unlock"},
	{"gh, doppler, bw", "logout", "lock"},
	{"vault", "write", "set"},
	{"vault", "kv get", "get"},
	{"vault", "kv put", "set"},
	{"vault", "kv list", "ls"},
	{"vault", "kv patch", "update"},
	{"vault", "kv rollback", "rollback"},
	{"vault", "kv undelete", "rollback"},
	{"vault", "kv metadata", "history"},
	{"vault", "operator seal", "lock"},
	{"vault", "operator unseal", "unlock"},
	{"vault", "operator init", "init"},
	{"vault", "operator rekey", "rotate"},
	{"vault", "server", "unlock"},
	{"sops", "decrypt", "get"},
	{"sops", "encrypt", "set"},
	{"sops", "exec-env", "run"},
	{"sops", "exec-file", "run"},
	{"sops", "updatekeys", "rotate"},
	{"sops", "unset", "rm"},
	{"sops, age", "-d", "get"},
	{"sops, age", "-e", "set"},
	{"doppler", "secrets", "ls"},
	{"doppler", "secrets get", "get"},
	{"doppler", "secrets set", "set"},
	{"doppler", "secrets download", "export"},
	{"doppler", "secrets upload", "import"},
	{"doppler", "secrets substitute", "inject"},
	{"doppler", "me", "status"},
	{"doppler", "projects", "env"},
	{"doppler, op", "update", "update"},
	{"chamber, fnox, docker", "exec", "run"},
	{"cargo, apt, brew", "upgrade", "version"},
	{"git", "log", "history"},
	{"fnox, doppler", "tui", "ui"},
	{"others", "gui", "ui"},
	{"others", "browse", "ui"},
	{"git", "revert", "rollback"},
	{"the shell", "printenv", "run"},
	{"Windows", "dir", "ls"},
	{"Windows", "del", "rm"},
	{"Windows", "/?", "--help"},
	{"others", "keys", "key"},
	{"others", "passwd", "key"},
	{"a slip", "shwo", ""}, // of another's word: the list of commands is the answer
	{"a slip", "gte", "get"},
	{"a slip", "GET", "get"},
	{"a slip", "git_credential", "git-credential"},
	{"a slip", "-help", "--help"},
	{"a slip", "--h", "--help"},
	{"a slip", "-H", "--help"},
	{"a slip", "-?", "--help"},
	{"a slip", "--Help", "--help"},
	{"a slip", "--hlep", "--help"},
	{"a slip", "-v", "version"},
	{"a slip", "-V", "version"},
}

// What is typed is a command here, or the suggestion names the one that is meant:
// with the exit code of wrong usage, and never as an alias that does it.
func TestSynonyms(t *testing.T) {
	t.Parallel()
	commands := allCommands(nil)
	for _, c := range whatOthersCallIt {
		words := strings.Fields(c.typed)
		if found := cmdline.FindIn(commands, words[0]); found != nil {
			if found.Name != c.means {
				t.Errorf("%s: tacit %s is tacit %s, and %s was meant", c.tool, c.typed, found.Name, c.means)
			}
			continue
		}
		exit, said := typed(words)
		_, hint, _ := strings.Cut(said, "try: ")
		suggested := strings.TrimPrefix(strings.TrimPrefix(hint, "did you mean "), "tacit ")
		suggested, _, _ = strings.Cut(strings.TrimSpace(suggested), " ")
		if suggested = strings.TrimRight(suggested, "?,;"); c.means == "" {
			c.means = "--help"
		}
		if exit != failure.ExitUsage || suggested != c.means {
			t.Errorf("%s: tacit %s: exit %d, suggests %q and not %s\n%s", c.tool, c.typed, exit, suggested, c.means, said)
		}
	}
}

// typed runs what needs no vault, and returns what was said.
func typed(words []string) (exit int, said string) {
	app := New()
	var out strings.Builder
	app.In, app.Out, app.Err = strings.NewReader(""), io.Discard, &out
	exit = app.Run(context.Background(), words)
	return exit, out.String()
}

// Every suggestion is a command that there is, no word is suggested for twice, and
// none hides a command.
func TestSynonymsAreCommands(t *testing.T) {
	t.Parallel()
	commands := allCommands(nil)
	all := map[string][]cmdline.Synonym{"": cmdline.Synonyms, "key": cmdline.KeySynonyms, "key add": cmdline.KindSynonyms, "agent": cmdline.AgentSynonyms}
	for at, list := range all {
		seen := map[string]bool{}
		for _, s := range list {
			for _, word := range strings.Fields(s.Words) {
				if seen[word] || at == "" && cmdline.FindIn(commands, word) != nil {
					t.Errorf("%s %s is there already", at, word)
				}
				seen[word] = true
			}
			checkSuggestion(t, commands, s.Hint)
		}
	}
	for _, s := range cmdline.FlagSynonyms {
		checkSuggestion(t, commands, s.Hint)
		for _, name := range strings.Split(s.Commands, " ") {
			if name != "" && cmdline.FindIn(commands, name) == nil {
				t.Errorf("there is no command %s", name)
			}
		}
	}
}

// checkSuggestion holds every "tacit COMMAND" of a hint against the commands, and
// the word behind a command that takes few.
func checkSuggestion(t *testing.T, commands []*cmdline.Command, hint string) {
	t.Helper()
	words := strings.FieldsFunc(failure.HintOf(hint).Plain(), func(r rune) bool { return strings.ContainsRune(" ,;", r) })
	for i, word := range words {
		if word != "tacit" || i+1 == len(words) || words[i+1] == "is" {
			continue
		}
		c := cmdline.FindIn(commands, words[i+1])
		if c == nil {
			t.Errorf("%q: there is no command %s", hint, words[i+1])
			continue
		}
		if len(c.Subs) > 0 && i+2 < len(words) && c.At(words[i+2:i+3]) == nil {
			t.Errorf("%q: there is no %s %s", hint, c.Name, words[i+2])
		}
	}
}

// Help tells of every path there is: each command, each word that its usage
// names, and each kind of key slot.
func TestHelpOfEveryPath(t *testing.T) {
	t.Parallel()
	var paths [][]string
	for _, c := range allCommands(nil) {
		paths = append(paths, []string{c.Name})
		for _, word := range c.FirstWords() {
			paths = append(paths, []string{c.Name, word})
		}
		for _, sub := range c.Subs {
			for _, word := range sub.Words {
				paths = append(paths, []string{c.Name, sub.Name, word})
			}
		}
	}
	below := 0
	for _, path := range paths {
		if len(path) > 1 {
			below++
		}
		if exit, said := typed(append([]string{"help"}, path...)); exit != failure.ExitOK || said != "" {
			t.Errorf("help %v: exit %d, %s", path, exit, said)
		}
		if exit, said := typed(append([]string{"help"}, append(path, "qqq")...)); exit != failure.ExitUsage || !strings.Contains(said, "try: ") {
			t.Errorf("help %v qqq: exit %d, %s", path, exit, said)
		}
	}
	if below < 40 {
		t.Errorf("only %d paths below a command", below)
	}
}

// A subcommand's flags are flags of its command.
func TestSubcommandFlags(t *testing.T) {
	t.Parallel()
	for _, c := range allCommands(nil) {
		own := cmdline.FlagTable{}
		own.Add(c.Flags)
		for _, sub := range c.Subs {
			for _, name := range sub.Flags {
				if _, ok := own[name]; !ok {
					t.Errorf("tacit %s %s: no flag --%s", c.Name, sub.Name, name)
				}
			}
		}
	}
}
