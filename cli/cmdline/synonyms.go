package cmdline

import (
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
)

// A Synonym is what other tools, or other people, call something that is done
// here by another command. It is a suggestion and no alias: what a script says
// today must mean the same tomorrow, and half of these mean more than one thing.
type Synonym struct {
	Words string // with spaces between them
	Hint  string
}

// Synonyms are those of commands. Who calls it so is in the test.
var Synonyms = []Synonym{
	{"show cat view print reveal decrypt", "{tacit get NAME}"},
	{"insert add write put store save encrypt", "{tacit set NAME}"},
	{"create new", "{tacit set NAME}; for a new vault, {tacit init}"},
	{"patch", "{tacit update NAME}, or {tacit edit NAME}"},
	{"exec exec-env", "{tacit run -- COMMAND}"},
	{"exec-file", "{tacit run --files -- COMMAND}"},
	{"printenv", "{tacit run -- COMMAND}, or {tacit export shell}"},
	{"login signin sign-in logon auth unseal open", "{tacit unlock}"},
	{"logout signout sign-out logoff seal close", "{tacit lock}"},
	{"tui gui browse dashboard screen", "{tacit ui}"},
	{"grep", "{tacit find PATTERN}, which searches names; nothing searches values"},
	{"search", "{tacit find PATTERN}"},
	{"clip clipboard", "{tacit copy NAME}"},
	{"unclip", "{tacit copy NAME}, which clears the clipboard by itself"},
	{"upgrade self-update selfupdate self-upgrade", "tacit version; a newer tacit is installed as this one was"},
	{"remove del unset erase", "{tacit rm NAME}"},
	{"move", "{tacit mv FROM TO}"},
	{"duplicate", "{tacit cp FROM TO}"},
	{"undelete undo revert", "{tacit rollback NAME VERSION}; {tacit history NAME} has the versions"},
	{"hist log versions version-history metadata activity", "{tacit history NAME}"},
	{"keys recipients recipient groups", "{tacit key list}"},
	{"updatekeys rekey reencrypt re-encrypt", "{tacit rotate}"},
	{"passwd password chpasswd", "{tacit key passwd}, for the passphrase; {tacit set NAME}, for a secret"},
	{"totp hotp code 2fa", "{tacit otp NAME}"},
	{"pwgen gen random", "{tacit generate NAME}"},
	{"template templates render substitute process", "{tacit inject}"},
	{"git rcs", "{tacit git-credential} is for git; {tacit backup FILE} keeps what a repository would"},
	{"push pull clone", "{tacit backup FILE} here, and {tacit restore FILE} there; {tacit sync} exchanges with a group"},
	{"fsck check repair fix audit filestatus", "{tacit verify --full}, and {tacit doctor}"},
	{"whoami me info account operator", "{tacit status}"},
	{"vault mounts", "{tacit status}; --vault DIR names another vault"},
	{"projects configs environments envs", "{tacit env}, which lists the project's environments; {tacit vaults} lists every vault"},
	{"setup onboard", "{tacit init}"},
	{"config configure settings", "{tacit policy}, and tacit help environment"},
	{"dump download", "{tacit export FORMAT}"},
	{"load upload convert", "{tacit import FORMAT FILE}"},
	{"document", "{tacit set NAME --file FILE}"},
	{"item secret secrets kv entry tree dir", "{tacit ls}"},
	{"server serve daemon", "{tacit unlock}, which starts the agent"},
	{"usage docs about", "tacit help"},
}

// nouns are what other tools put before a verb: secret set, kv get.
var nouns = []string{"item", "secret", "secrets", "kv", "entry", "document", "vault", "operator"}

// KeySynonyms are those of what comes after key.
var KeySynonyms = []Synonym{
	{"ls show slots", "{tacit key list}"},
	{"rm delete del revoke drop", "{tacit key remove LABEL}"},
	{"new create insert enroll", "{tacit key add KIND}"},
	{"change password update", "{tacit key passwd [LABEL]}"},
	{"test check verify try", "{tacit key drill}"},
	{"rotate", "{tacit rotate}"},
}

// KindSynonyms are those of kinds of key slots.
var KindSynonyms = []Synonym{
	{"password pass phrase", "{tacit key add passphrase}"},
	{"x25519 recipient age1", "{tacit key add age RECIPIENT}"},
	{"yubikey fido fido2 security-key piv", "{tacit key add plugin RECIPIENT}"},
	{"tpm2", "{tacit key add tpm}"},
	{"paper words mnemonic backup", "{tacit key add recovery}"},
	{"keychain secret-service libsecret gnome-keyring wincred", "{tacit key add keyring}"},
}

// AgentSynonyms are those of what comes after agent.
var AgentSynonyms = []Synonym{
	{"start", "{tacit unlock}"},
	{"stop kill quit lock", "{tacit lock}"},
	{"ls all", "{tacit agent list}"},
	{"show info", "{tacit agent status}"},
}

// SynonymsBelow are those of the words below a command; none below most.
func SynonymsBelow(command string) []Synonym {
	switch command {
	case "key":
		return KeySynonyms
	case "agent":
		return AgentSynonyms
	}
	return nil
}

// FlagSynonyms are flags of other tools, by the commands here that they would be
// given to; "" is none.
var FlagSynonyms = []struct{ Commands, flags, Hint string }{
	{"get", "-c --clip --clipboard", "{tacit copy NAME}"},
	{"get", "-n --no-newline --reveal --plain --raw", "{tacit get NAME}, which prints the value and nothing else"},
	{"set update generate", "-b --body --value", "some-command | {tacit set NAME}, or --file FILE: others see what is on a command line"},
	{"rm", "-r -R --recursive", "{tacit rm NAME}…; names have no folders here"},
	{"ls", "-R -a -1 --flat --all", "{tacit ls}, which lists every name"},
	{"", "-d --decrypt", "{tacit get NAME}"},
	{"", "-e --encrypt", "{tacit set NAME}"},
	{"", "-v -V", "tacit version"},
}

// Called is what is called by a word here, "" where nothing is.
func Called(word string, list []Synonym) string {
	for _, s := range list {
		if slices.Contains(strings.Fields(s.Words), strings.ToLower(word)) {
			return s.Hint
		}
	}
	return ""
}

// CommandFor is the command that other words stand for, "" where none is known: the
// second counts where the first is a noun, as in "kv get". The words are not
// repeated: one may be a secret.
func CommandFor(args []string, commands []*Command) string {
	if len(args) > 1 && slices.Contains(nouns, strings.ToLower(args[0])) {
		if c := FindIn(commands, args[1]); c != nil && c.Group != GroupHidden {
			return "{" + strings.TrimSpace("tacit "+c.Name+" "+c.Args) + "}"
		}
		if hint := Called(args[1], Synonyms); hint != "" {
			return hint
		}
	}
	return Called(args[0], Synonyms)
}

// flagFor is what does what another tool's flag does there, "" where nothing is
// known to.
func flagFor(command, flag string) string {
	for _, s := range FlagSynonyms {
		if slices.Contains(strings.Split(s.Commands, " "), command) && slices.Contains(strings.Fields(s.flags), flag) {
			return s.Hint
		}
	}
	return ""
}

// UnknownSub is a word after a command that the command does not take.
func UnknownSub(command, word string, takes []string) error {
	err := failure.Usage("%s takes %s or %s, not %s", command, strings.Join(takes[:len(takes)-1], ", "), takes[len(takes)-1], failure.Printable(word))
	if hint := Called(word, SynonymsBelow(command)); hint != "" {
		return err.Advised(hint)
	}
	if near := Nearest(word, slices.Clone(takes)); near != "" {
		return err.Hinted("did you mean {tacit %s %s}?", command, near)
	}
	return err.Hinted("tacit %s --help", command)
}
