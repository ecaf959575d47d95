package cli

import (
	"context"
	"embed"

	urfave "github.com/urfave/cli/v2"
)

//go:embed shell/tacit.*
var shellScripts embed.FS

// shells have a script of ours; urfave's evaluate what was typed.
var shells = map[string]string{
	"bash": "shell/tacit.bash", "zsh": "shell/tacit.zsh", "fish": "shell/tacit.fish", "powershell": "shell/tacit.ps1",
}

func completionCommand(s *session) *command {
	return &command{
		name: "completion", group: groupShell, args: "bash|zsh|fish|powershell", min: 1, max: 1,
		short: "print a script that completes commands, flags and names with TAB",
		long: `Prints a script for the shell, to be loaded from its start-up file. It also
completes names of secrets, without a key, and never evaluates anything that was
typed.`,
		example: `source <(tacit completion bash)
source <(tacit completion zsh)
tacit completion fish | source`,
		run: func(_ context.Context, args []string) error {
			path, ok := shells[args[0]]
			if !ok {
				return usage("completion takes bash, zsh, fish or powershell, not %s", printable(args[0])).hinted("tacit completion bash")
			}
			script, err := shellScripts.ReadFile(path)
			if err != nil {
				return err
			}
			s.out.Write(script)
			return nil
		},
	}
}

// completeCommand is what the scripts call. It is not for people, and no help
// lists it.
func completeCommand(s *session) *command {
	var split, newWord bool
	return &command{
		name: "__complete", group: groupHidden, args: "-- WORD…", max: -1, dash: true,
		short:   "say what completes the last word; for the scripts of tacit completion",
		long:    `Prints what would fit in the place of the last WORD, one line each.`,
		example: `tacit __complete -- get API_`,
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "split", Usage: "the shell splits words at =", Destination: &split},
			&urfave.BoolFlag{Name: "new-word", Usage: "the word to be completed is not begun", Destination: &newWord},
		},
		run: func(ctx context.Context, args []string) error {
			if newWord || len(args) == 0 {
				args = append(args, "")
			}
			newCompleter(s, args, split).print(ctx)
			return nil // whatever went wrong: a prompt is no place to say it
		},
	}
}
