package failure

import "github.com/tacit-vault/tacit/vault/remedy"

// Remedies that only the command line has: most are for what doctor finds beside what
// the library looks at.
const (
	ListExposed       remedy.Action = "list_exposed"
	VerifyMeaning     remedy.Action = "verify_meaning"
	VerifyOrRestore   remedy.Action = "verify_or_restore"
	NameRealVault     remedy.Action = "name_real_vault"
	NameStateOrExpect remedy.Action = "name_state_or_expect"
	SweepNamed        remedy.Action = "sweep_named"
	CloseFirst        remedy.Action = "close_first"
	Forget            remedy.Action = "forget"
	RestoreOnceMore   remedy.Action = "restore_once_more"
	PutKeyBack        remedy.Action = "put_key_back"
	RemoveIfLost      remedy.Action = "remove_if_lost"
	InstallPlugin     remedy.Action = "install_plugin"
	AnswerKeyring     remedy.Action = "answer_keyring"
	FindBus           remedy.Action = "find_bus"
	StartKeyring      remedy.Action = "start_keyring"
	AddToKeyring      remedy.Action = "add_to_keyring"
	UnlockKeyring     remedy.Action = "unlock_keyring"
	UseOtherKey       remedy.Action = "use_other_key"
	JoinTPMGroup      remedy.Action = "join_tpm_group"
	EndTPMUser        remedy.Action = "end_tpm_user"
	StartNamedTPM     remedy.Action = "start_named_tpm"
	TurnTPMOn         remedy.Action = "turn_tpm_on"
	AgreeOnSockets    remedy.Action = "agree_on_sockets"
	EndLostAgent      remedy.Action = "end_lost_agent"
	RestartAgent      remedy.Action = "restart_agent"
	UnsetPassphrase   remedy.Action = "unset_passphrase"
	UnsetUnknown      remedy.Action = "unset_unknown"
	PurgeCredential   remedy.Action = "purge_credential"
	TakeAndRemove     remedy.Action = "take_and_remove"
	FixEach           remedy.Action = "fix_each"
	SyncGroups        remedy.Action = "sync_groups"
	AwaitAdmission    remedy.Action = "await_admission"
	LeaveGroup        remedy.Action = "leave_group"
	GiveAddress       remedy.Action = "give_address"
	PutAddressBack    remedy.Action = "put_address_back"
	ResolveConflicts  remedy.Action = "resolve_conflicts"
	AttachMovedFolder remedy.Action = "attach_moved_folder"
	DetachHidden      remedy.Action = "detach_hidden"
)

// Objects of such remedies.
const (
	TheVariable remedy.Kind = "variable" // of the environment
	TheProgram  remedy.Kind = "program"  // by its name
	TheGroup    remedy.Kind = "group"    // by its label
)

// OwnWays are the spellings of remedies that only the command line has. One that begins
// with a semicolon stands beside another.
var OwnWays = [...]spelling{
	{ListExposed, "{tacit exposed} lists them; {tacit update NAME} changes one"},
	{VerifyMeaning, "{tacit verify}, which says what it means"},
	{VerifyOrRestore, "{tacit verify} names all that is so; {tacit restore FILE --replace} brings a backup back; without one, {tacit rescue $dir --to NEW} gets out what still proves itself"},
	{NameRealVault, "name the folder itself with --vault DIR"},
	{NameStateOrExpect, "name one with --state DIR, or set TACIT_EXPECT=PIN:COMMIT"},
	{SweepNamed, "{tacit verify} names them; {tacit doctor --fix} removes them"},
	{CloseFirst, "what stands beside the faults of permissions and files, then: {tacit doctor --fix}"},
	{Forget, "{tacit trust --forget $vault}"},
	{RestoreOnceMore, "a restore to here was cut short, or is under way: the same restore again clears away $path"},
	{PutKeyBack, "put the key back, or name it with --identity FILE"},
	{RemoveIfLost, "; if it is another machine's, or lost: {tacit key remove $slot}"},
	{InstallPlugin, "install $program, or put its folder on the PATH" + onPath},
	{AnswerKeyring, "{tacit unlock}, and answer the keyring's prompt"},
	{FindBus, "run tacit in the desktop session, or: {export DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus}"},
	{StartKeyring, "{gnome-keyring-daemon --start --components=secrets}"},
	{AddToKeyring, "{tacit key add keyring} makes one for this machine"},
	{UnlockKeyring, "unlock the keyring once in the desktop session"},
	{UseOtherKey, "open the vault with another key: a TPM is used on Linux only"},
	{JoinTPMGroup, `{sudo usermod -aG tss "$(id -un)"}, and log in again`},
	{EndTPMUser, "end what uses it: {sudo fuser -v /dev/tpm0}"},
	{StartNamedTPM, "start what TACIT_TPM names, or: {unset TACIT_TPM}"},
	{TurnTPMOn, "turn the TPM on in the firmware's set-up, then: {sudo modprobe tpm_crb}"},
	{AgreeOnSockets, "{tacit lock} ends it; set XDG_RUNTIME_DIR alike in all shells"},
	{EndLostAgent, "{tacit lock}"},
	{RestartAgent, "{rm $path}, and {tacit unlock} starts an agent"},
	{UnsetPassphrase, "{unset $variable}; --passphrase-file or --passphrase-command give a passphrase"},
	{UnsetUnknown, "{unset $variable}; {tacit help environment} lists them"},
	{PurgeCredential, "{tacit rm --purge $secret}, and revoke it where others hold a key: git and docker ask again; where it belongs here: the helper's --here"},
	{FixEach, "the command beside each; {tacit doctor --fix} where it says so"},
	{SyncGroups, "{tacit sync}"},
	{AwaitAdmission, "the owner's next sync admits it, if the code is still good; then, here: {tacit sync}"},
	{LeaveGroup, "{tacit group leave $group} forgets the group; the secrets stay"},
	{GiveAddress, "{tacit group set $group --at ADDRESS}"},
	{PutAddressBack, "put $path back, or: {tacit group set $group --at ADDRESS}"},
	{ResolveConflicts, "{tacit conflicts} lists them; {tacit resolve NAME --keep} keeps what stands"},
	{AttachMovedFolder, "attach --from $folder, in the folder as it is called now; or detach $folder --all"},
	{DetachHidden, "{tacit vaults} lists both; {tacit detach $folder} ends the attachment, with @NAME that of an environment"},
	{TakeAndRemove, "take from it what you need, then: {rm -r $path}"},
}
