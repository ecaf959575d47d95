package cli

import "github.com/tacit-vault/tacit/vault/remedy"

// Remedies that only the command line has: most are for what doctor finds beside what
// the library looks at.
const (
	listExposed       remedy.Action = "list_exposed"
	verifyMeaning     remedy.Action = "verify_meaning"
	verifyOrRestore   remedy.Action = "verify_or_restore"
	nameRealVault     remedy.Action = "name_real_vault"
	nameStateOrExpect remedy.Action = "name_state_or_expect"
	sweepNamed        remedy.Action = "sweep_named"
	closeFirst        remedy.Action = "close_first"
	forget            remedy.Action = "forget"
	restoreOnceMore   remedy.Action = "restore_once_more"
	putKeyBack        remedy.Action = "put_key_back"
	removeIfLost      remedy.Action = "remove_if_lost"
	installPlugin     remedy.Action = "install_plugin"
	answerKeyring     remedy.Action = "answer_keyring"
	findBus           remedy.Action = "find_bus"
	startKeyring      remedy.Action = "start_keyring"
	addToKeyring      remedy.Action = "add_to_keyring"
	unlockKeyring     remedy.Action = "unlock_keyring"
	useOtherKey       remedy.Action = "use_other_key"
	joinTPMGroup      remedy.Action = "join_tpm_group"
	endTPMUser        remedy.Action = "end_tpm_user"
	startNamedTPM     remedy.Action = "start_named_tpm"
	turnTPMOn         remedy.Action = "turn_tpm_on"
	agreeOnSockets    remedy.Action = "agree_on_sockets"
	endLostAgent      remedy.Action = "end_lost_agent"
	restartAgent      remedy.Action = "restart_agent"
	unsetPassphrase   remedy.Action = "unset_passphrase"
	unsetUnknown      remedy.Action = "unset_unknown"
	purgeCredential   remedy.Action = "purge_credential"
	takeAndRemove     remedy.Action = "take_and_remove"
	fixEach           remedy.Action = "fix_each"
)

// Objects of such remedies.
const (
	theVariable remedy.Kind = "variable" // of the environment
	theProgram  remedy.Kind = "program"  // by its name
)

// ownWays are the spellings of remedies that only the command line has. One that begins
// with a semicolon stands beside another.
var ownWays = [...]spelling{
	{listExposed, "{tacit exposed} lists them; {tacit update NAME} changes one"},
	{verifyMeaning, "{tacit verify}, which says what it means"},
	{verifyOrRestore, "{tacit verify} names all that is so; {tacit restore FILE --replace} brings a backup back; without one, {tacit rescue $dir --to NEW} gets out what still proves itself"},
	{nameRealVault, "name the folder itself with --vault DIR"},
	{nameStateOrExpect, "name one with --state DIR, or set TACIT_EXPECT=PIN:COMMIT"},
	{sweepNamed, "{tacit verify} names them; {tacit doctor --fix} removes them"},
	{closeFirst, "what stands beside the faults of permissions and files, then: {tacit doctor --fix}"},
	{forget, "{tacit trust --forget $vault}"},
	{restoreOnceMore, "a restore to here was cut short, or is under way: the same restore again clears away $path"},
	{putKeyBack, "put the key back, or name it with --identity FILE"},
	{removeIfLost, "; if it is another machine's, or lost: {tacit key remove $slot}"},
	{installPlugin, "install $program, or put its folder on the PATH" + onPath},
	{answerKeyring, "{tacit unlock}, and answer the keyring's prompt"},
	{findBus, "run tacit in the desktop session, or: {export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus}"},
	{startKeyring, "{gnome-keyring-daemon --start --components=secrets}"},
	{addToKeyring, "{tacit key add keyring} makes one for this machine"},
	{unlockKeyring, "unlock the keyring once in the desktop session"},
	{useOtherKey, "open the vault with another key: a TPM is used on Linux only"},
	{joinTPMGroup, `{sudo usermod -aG tss "$(id -un)"}, and log in anew`},
	{endTPMUser, "end what uses it: {sudo fuser -v /dev/tpm0}"},
	{startNamedTPM, "start what TACIT_TPM names, or: {unset TACIT_TPM}"},
	{turnTPMOn, "turn the TPM on in the firmware's set-up, then: {sudo modprobe tpm_crb}"},
	{agreeOnSockets, "{tacit lock} ends it; set XDG_RUNTIME_DIR alike in all shells"},
	{endLostAgent, "{tacit lock}"},
	{restartAgent, "{rm $path}, and {tacit unlock} starts an agent"},
	{unsetPassphrase, "{unset $variable}; --passphrase-file or --passphrase-command give a passphrase"},
	{unsetUnknown, "{unset $variable}; {tacit help environment} lists them"},
	{purgeCredential, "{tacit rm --purge $secret}, and revoke it where others hold a key: git and docker ask again; where it belongs here: the helper's --here"},
	{fixEach, "the command beside each; {tacit doctor --fix} where it says so"},
	{takeAndRemove, "take from it what you need, then: {rm -r $path}"},
}
