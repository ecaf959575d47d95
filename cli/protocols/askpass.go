package protocols

import (
	"bytes"
	"context"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

func AskpassCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "askpass", Group: cmdline.GroupProtocols, Args: "-- PROMPT", Min: 1, Max: 1,
		Short: "answer a program that asks for a passphrase",
		Long: `Prints the secret that $TACIT_ASKPASS names, and a newline. SSH_ASKPASS,
GIT_ASKPASS and SUDO_ASKPASS name a program that is called with the question:
tacit acts as that program when it is called tacit-askpass.

It answers only a question for a secret: a password, a passphrase, a PIN or a
token, in the languages in which ssh, git, sudo and PAM ask. A question for a user
name, for yes or no, for a one-time code, or one that tacit does not understand is
an error, and nothing is printed. tacit cannot know which secret a program asks
for: set TACIT_ASKPASS for the one command that needs it.`,
		Example: `ln -s "$(command -v tacit)" ~/.local/bin/tacit-askpass
export SSH_ASKPASS=tacit-askpass SSH_ASKPASS_REQUIRE=force
TACIT_ASKPASS=SSH_KEY ssh-add ~/.ssh/id_ed25519`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Run:   func(ctx context.Context, args []string) error { return runAskpass(ctx, s, args[0]) },
	}
}

func runAskpass(ctx context.Context, s *frame.Session, prompt string) error {
	name := s.Env("TACIT_ASKPASS")
	if name == "" {
		return failure.Usage("askpass: TACIT_ASKPASS does not name a secret").Hinted("TACIT_ASKPASS=NAME SSH_ASKPASS=tacit-askpass ssh-add KEY")
	}
	// Before the vault: who asks for something else gets nothing out of it.
	if err := mayAnswer(askedFor(prompt, s.Env("SSH_ASKPASS_PROMPT")), prompt); err != nil {
		return err
	}
	return withSecret(ctx, s, name, func(value []byte) error {
		line, _ := bytes.CutSuffix(value, []byte("\n"))
		if bytes.ContainsAny(line, "\n\x00") {
			return failure.Fault(vault.InvalidValue, "askpass %s: its value has more than one line", name)
		}
		s.Results.Write(line)
		s.Results.WriteByte('\n')
		return nil
	})
}

// mayAnswer refuses what does not ask for a secret, and says what to do instead.
func mayAnswer(q question, prompt string) error {
	const most = 120 // runes of the question in the message
	if short := []rune(prompt); len(short) > most {
		prompt = string(short[:most]) + "…"
	}
	refused := func(why string) *failure.Failure {
		return failure.Usage("askpass: %s, and is not answered: %s", why, failure.Printable(prompt))
	}
	switch q {
	case asksSecret:
		return nil
	case asksName:
		return refused("this asks for a user").Hinted("name the user to the program: https://USER@HOST/ for git, ssh USER@HOST")
	case asksConsent:
		return refused("this asks for yes or no").Hinted("answer it yourself, where SSH_ASKPASS and SSH_ASKPASS_REQUIRE are not set")
	case asksCode:
		return refused("this asks for a code that serves once").Hinted("{tacit otp NAME}")
	}
	return refused("this does not ask for a secret").Hinted("answer it yourself; {tacit get NAME} prints a secret, whatever is asked")
}
