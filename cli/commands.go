package cli

import (
	"github.com/tacit-vault/tacit/cli/clip"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/diff"
	"github.com/tacit-vault/tacit/cli/doctor"
	"github.com/tacit-vault/tacit/cli/edit"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/group"
	"github.com/tacit-vault/tacit/cli/help"
	"github.com/tacit-vault/tacit/cli/keys"
	"github.com/tacit-vault/tacit/cli/liveperson"
	"github.com/tacit-vault/tacit/cli/projects"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/cli/secrets"
	"github.com/tacit-vault/tacit/cli/status"
	"github.com/tacit-vault/tacit/cli/transfer"
	"github.com/tacit-vault/tacit/cli/ui"
	"github.com/tacit-vault/tacit/cli/upkeep"
	"github.com/tacit-vault/tacit/keyring/kinds"
	_ "github.com/tacit-vault/tacit/vault/ondisk" // the database: rooms are linked without it as well
)

// New is an App on the process's own streams, environment and clock, with all
// commands and kinds of keys.
func New() *frame.App {
	a := frame.New()
	a.Commands = allCommands
	a.Kinds = kinds.All()
	a.Fresh, a.GroupWords, a.Memberships = group.Fresh, group.Words, group.Memberships
	return a
}

// allCommands makes the command table of a session: options are fresh on each call.
func allCommands(s *frame.Session) []*cmdline.Command {
	return []*cmdline.Command{
		upkeep.InitCommand(s), status.Command(s), upkeep.VerifyCommand(s), doctor.Command(s), upkeep.RescueCommand(s), upkeep.BackupCommand(s), upkeep.RestoreCommand(s),
		upkeep.TrustCommand(s), upkeep.PolicyCommand(s), upkeep.DestroyCommand(s), projects.AttachCommand(s), projects.DetachCommand(s), projects.EnvCommand(s), projects.VaultsCommand(s),
		secrets.SetCommand(s), secrets.UpdateCommand(s), secrets.GetCommand(s, secrets.ShowQR), secrets.ListCommand(s), secrets.FindCommand(s),
		secrets.MoveCommand(s), secrets.CopyCommand(s), secrets.RemoveCommand(s), edit.Command(s), secrets.GenerateCommand(s), secrets.HistoryCommand(s), secrets.RollbackCommand(s), secrets.ExpiringCommand(s), diff.Command(s, projects.Differ(s)),
		run.Command(s, transfer.ReadEnvFile), run.InjectCommand(s), clip.CopyCommand(s), transfer.ExportCommand(s), transfer.ImportCommand(s), secrets.OTPCommand(s),
		liveperson.Command(s), ui.Command(s, ui.Rooms{QR: secrets.ShowQR, Conflicts: group.ConflictsOf, Invite: group.Invite}),
		keys.UnlockCommand(s), keys.LockCommand(s), keys.AgentCommand(s),
		keys.KeyCommand(s), keys.RotateCommand(s), keys.ExposedCommand(s),
		group.Command(s), group.JoinCommand(s), group.SyncCommand(s), group.ConflictsCommand(s), group.ResolveCommand(s),
		protocols.GitCredentialCommand(s), protocols.DockerCredentialCommand(s), protocols.AWSCredentialCommand(s), protocols.KubeCredentialCommand(s), protocols.AskpassCommand(s),
		protocols.AnsibleVaultCommand(s), run.GithubEnvCommand(s),
		help.VersionCommand(s), help.Command(s), help.ManCommand(s), help.CompletionCommand(s), help.CompleteCommand(s), clip.ClearCommand(s),
	}
}
