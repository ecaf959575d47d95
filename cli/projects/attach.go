package projects

import (
	"context"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// AttachCommand gives a vault to a folder.
func AttachCommand(s *frame.Session) *cmdline.Command {
	var from string
	return &cmdline.Command{
		Name: "attach", Group: cmdline.GroupVault, Args: "[DIR]", Max: 1,
		Short: "use a vault from a folder that it does not lie in",
		Long: `Attaches the vault that --vault names to the folder DIR, or to the current one:
commands use it there and in the folders below. With @NAME it is the environment
NAME of that project. Only this machine remembers it, by the folder's real path.
Nothing in the folder says so: git clean deletes nothing, and no repository can
bring an attachment. It needs no tacit trust, because you named the vault. A vault
that lies in the folder (.tacit, .tacit.NAME) is used before an attached one.

--from OLD attaches all that is attached to the folder OLD: after the project was
moved, or for another work tree of it. Where OLD is gone, it is forgotten.`,
		Example: `tacit attach --vault ~/vaults/app
tacit attach ~/work/app @prod --vault /srv/vaults/prod
tacit attach --from ~/old/app`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "from", Usage: "attach what is attached to the folder `OLD`", Destination: &from, Action: cmdline.Given("--from")},
		},
		Run: func(ctx context.Context, args []string) error {
			dir := append(args, ".")[0]
			if from != "" {
				return adopt(s, dir, from)
			}
			return attach(ctx, s, dir)
		},
	}
}

func attach(ctx context.Context, s *frame.Session, dir string) error {
	if s.Vault == "" {
		return failure.Usage("attach needs --vault DIR, or --from OLD").Hinted("to make a vault and attach it: {tacit init --here}")
	}
	env, err := lineEnv(s)
	if err != nil {
		return err
	}
	at, err := knownVault(ctx, s)
	if err != nil {
		return err
	}
	a, err := vault.Attach(dir, env, at, s.State)
	if err != nil {
		return err
	}
	beside(s, a)
	return tell(s, "attached", []vault.Attachment{a})
}

// knownVault opens the vault that --vault names, without a key, so that this machine
// knows it from now on, and returns its real path.
func knownVault(ctx context.Context, s *frame.Session) (string, error) {
	to := *s
	to.Envs = urfave.StringSlice{}
	v, err := to.Open(ctx, frame.ToList)
	if err != nil {
		return "", err
	}
	defer v.Close()
	return v.Status().Path, nil
}

// beside tells what else decides, now that a vault is attached.
func beside(s *frame.Session, a vault.Attachment) {
	inTree := filepath.Join(a.Folder, vault.DotName(a.Env))
	if _, err := os.Lstat(inTree); err == nil {
		s.Warn("%s is used before the vault that is attached, as long as it is there", inTree)
	}
	if isOthers(a.Folder) {
		s.Warn("%s belongs to another user, who decides what lies in it", a.Folder)
	}
}

// lineEnv is the environment that the line names, "" if none. What the shell of
// another project has set does not count.
func lineEnv(s *frame.Session) (string, error) {
	envs := s.Envs.Value()
	if len(envs) == 0 {
		return "", nil
	}
	return envs[0], vault.CheckEnv("env", envs[0])
}

func adopt(s *frame.Session, dir, from string) error {
	if s.Vault != "" || len(s.Envs.Value()) > 0 {
		return failure.Usage("attach: --from attaches all that is attached to OLD, and takes no --vault and no @NAME")
	}
	list, err := vault.Adopt(dir, from, s.State)
	if err != nil {
		return err
	}
	return tell(s, "attached", list)
}

// DetachCommand takes a vault from a folder.
func DetachCommand(s *frame.Session) *cmdline.Command {
	var all bool
	return &cmdline.Command{
		Name: "detach", Group: cmdline.GroupVault, Args: "[DIR]", Max: 1,
		Short: "undo attach; the vault stays",
		Long: `Makes this machine forget that a vault is attached to the folder DIR, or to the
current one. With @NAME it is that of the environment NAME. --all detaches every
environment, and mends what cannot be read. The folder need not be there any more.
The vault stays where it is: tacit vaults lists it, and tacit destroy --vault DIR
deletes it.`,
		Example: `tacit detach
tacit detach ~/work/app @prod
tacit detach --all ~/old/app`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "detach every environment", Destination: &all},
		},
		Run: func(_ context.Context, args []string) error {
			return detach(s, append(args, ".")[0], all)
		},
	}
}

func detach(s *frame.Session, dir string, all bool) error {
	env, err := lineEnv(s)
	if err != nil {
		return err
	}
	if all && len(s.Envs.Value()) > 0 {
		return failure.Usage("detach: --all and @%s: give one of them", env)
	}
	if all {
		list, err := vault.DetachAll(dir, s.State)
		if err != nil {
			return err
		}
		return tell(s, "detached", list)
	}
	a, err := vault.Detach(dir, env, s.State)
	if err != nil {
		return err
	}
	return tell(s, "detached", []vault.Attachment{a})
}

// An attachmentJSON is what was attached or detached.
type attachmentJSON struct {
	Folder string `json:"folder"`
	Env    string `json:"env"` // "": the one without a name
	Vault  string `json:"vault"`
}

// tell says what was done.
func tell(s *frame.Session, did string, list []vault.Attachment) error {
	if s.JSON {
		j := make([]attachmentJSON, len(list))
		for i, a := range list {
			j[i] = attachmentJSON(a)
		}
		return s.WriteJSON(map[string]any{did: j})
	}
	word := "to"
	if did == "detached" {
		word = "from"
	}
	for _, a := range list {
		name := ""
		if a.Env != "" {
			name = ", as @" + a.Env
		}
		s.Say("%s %s %s %s%s", did, failure.Printable(a.Vault), word, failure.Printable(a.Folder), name)
	}
	return nil
}
