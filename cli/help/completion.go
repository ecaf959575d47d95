package help

import (
	"context"
	"embed"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

//go:embed shell/tacit.*
var shellScripts embed.FS

// shells have a script of ours; urfave's evaluate what was typed.
func shells() map[string]string {
	return map[string]string{
		"bash": "shell/tacit.bash", "zsh": "shell/tacit.zsh", "fish": "shell/tacit.fish", "powershell": "shell/tacit.ps1",
	}
}

func CompletionCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "completion", Group: cmdline.GroupShell, Args: "bash|zsh|fish|powershell", Min: 1, Max: 1,
		Short: "print a script that completes commands, flags and names with TAB",
		Long: `Prints a script for the shell, to be loaded from its start-up file. It also
completes names of secrets, without a key, and never evaluates anything that was
typed.`,
		Example: `source <(tacit completion bash)
source <(tacit completion zsh)
tacit completion fish | source`,
		Run: func(_ context.Context, args []string) error {
			path, ok := shells()[args[0]]
			if !ok {
				return failure.Usage("completion takes bash, zsh, fish or powershell, not %s", failure.Printable(args[0])).Hinted("{tacit completion bash}")
			}
			script, err := shellScripts.ReadFile(path)
			if err != nil {
				return err
			}
			s.Results.Write(script)
			return nil
		},
	}
}

// CompleteCommand is what the scripts call. It is not for people, and no help
// lists it.
func CompleteCommand(s *frame.Session) *cmdline.Command {
	var split, newWord bool
	return &cmdline.Command{
		Name: "__complete", Group: cmdline.GroupHidden, Args: "-- WORD…", Max: -1, Dash: true,
		Short:   "say what completes the last word; for the scripts of tacit completion",
		Long:    `Prints what would fit in the place of the last WORD, one line each.`,
		Example: `tacit __complete -- get API_`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "split", Usage: "the shell splits words at =", Destination: &split},
			&urfave.BoolFlag{Name: "new-word", Usage: "the word to be completed is not begun", Destination: &newWord},
		},
		Sudden: cmdline.Anywhere,
		Run: func(ctx context.Context, args []string) error {
			if newWord || len(args) == 0 {
				args = append(args, "")
			}
			newCompleter(s, args, split).print(ctx)
			return nil // whatever went wrong: a prompt is no place to say it
		},
	}
}
