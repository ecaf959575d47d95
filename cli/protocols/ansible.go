package protocols

import (
	"bytes"
	"context"
	"errors"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// ansiblePrefix is what the names of Ansible's passwords begin with.
const ansiblePrefix = "ANSIBLE_VAULT_"

func AnsibleVaultCommand(s *frame.Session) *cmdline.Command {
	label := "default"
	return &cmdline.Command{
		Name: "ansible-vault", Group: cmdline.GroupProtocols,
		Short: "give Ansible the passwords of its vaults",
		Long: `Prints the secret ANSIBLE_VAULT_LABEL, as Ansible asks of a client for vault
passwords. tacit acts as that client when it is called tacit-client: Ansible runs
it where a vault identity is LABEL@…/tacit-client. The label is "default" if there
is none. Exit code 2 says to Ansible that there is no password with that label.`,
		Example: `ln -s "$(command -v tacit)" ~/.local/bin/tacit-client
tacit generate ANSIBLE_VAULT_prod
ansible-vault edit --vault-id prod@~/.local/bin/tacit-client secrets.yml`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "vault-id", Usage: "the `LABEL` of the password", Value: label, Destination: &label},
		},
		Run: func(ctx context.Context, _ []string) error {
			return runAnsibleVault(ctx, s, label)
		},
	}
}

// runAnsibleVault follows Ansible's "vault password client scripts".
func runAnsibleVault(ctx context.Context, s *frame.Session, label string) error {
	name := ansiblePrefix + label
	err := withSecret(ctx, s, name, func(value []byte) error {
		password := bytes.Trim(value, "\r\n") // as Ansible does
		if len(password) == 0 {
			return failure.Fault(vault.InvalidValue, "ansible-vault %s: its value is empty", name)
		}
		s.Results.Write(password)
		s.Results.WriteByte('\n')
		return nil
	})
	if errors.Is(err, vault.NotFound) {
		f := failure.Explain(err).Hinted("{tacit generate %s}, or {tacit set %s}", name, name)
		f.Exit = failure.ExitUsage // Ansible's code for it
		return f
	}
	return err
}
