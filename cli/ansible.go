package cli

import (
	"bytes"
	"context"
	"errors"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

// ansiblePrefix is what the names of Ansible's passwords begin with.
const ansiblePrefix = "ANSIBLE_VAULT_"

func ansibleVaultCommand(s *session) *command {
	label := "default"
	return &command{
		name: "ansible-vault", group: groupProtocols,
		short: "give Ansible the passwords of its vaults",
		long: `Prints the secret ANSIBLE_VAULT_LABEL, as Ansible asks of a client for vault
passwords. tacit acts as that client when it is called tacit-client: Ansible runs
it where a vault identity is LABEL@…/tacit-client. The label is "default" if there
is none. Exit code 2 says to Ansible that there is no password with that label.`,
		example: `ln -s "$(command -v tacit)" ~/.local/bin/tacit-client
tacit generate ANSIBLE_VAULT_prod
ansible-vault edit --vault-id prod@~/.local/bin/tacit-client secrets.yml`,
		codes: []int{exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.StringFlag{Name: "vault-id", Usage: "the `LABEL` of the password", Value: label, Destination: &label},
		},
		run: func(ctx context.Context, _ []string) error {
			return runAnsibleVault(ctx, s, label)
		},
	}
}

// runAnsibleVault follows Ansible's "vault password client scripts".
func runAnsibleVault(ctx context.Context, s *session, label string) error {
	name := ansiblePrefix + label
	err := s.withSecret(ctx, name, func(value []byte) error {
		password := bytes.Trim(value, "\r\n") // as Ansible does
		if len(password) == 0 {
			return fault(vault.InvalidValue, "ansible-vault %s: its value is empty", name)
		}
		s.out.Write(password)
		s.out.WriteByte('\n')
		return nil
	})
	if errors.Is(err, vault.NotFound) {
		f := explain(err).hinted("tacit generate %s, or tacit set %s", name, name)
		f.exit = exitUsage // Ansible's code for it
		return f
	}
	return err
}
