package keys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

func runKeyAdd(ctx context.Context, s *frame.Session, o *keyOptions) error {
	kind := o.args[0]
	if !slices.Contains(slotKinds(), kind) {
		return unknownKind(kind)
	}
	if err := s.Kinds.Check(kind); err != nil {
		return err
	}
	needs := slices.Contains([]string{keyring.KindAge, keyring.KindSSH, keyring.KindPlugin}, kind)
	if needs != (len(o.args) == 2) {
		return keyAddArgs(kind, needs)
	}
	var fresh currentPassphrase
	if kind == keyring.KindPassphrase {
		fresh = o.current.swap(s)
	} else if o.current.given() {
		return failure.Usage("--current-passphrase-* is for key add passphrase and key passwd").Hinted("--passphrase-file opens the vault here")
	}
	// What is wrong with the command line is said before anything is asked.
	switch kind {
	case keyring.KindAge, keyring.KindSSH:
		if _, err := publicSpec(s, kind, o.args[1]); err != nil {
			return err
		}
	case keyring.KindPlugin:
		if _, err := pluginSpec(o.args[1]); err != nil {
			return err
		}
	case keyring.KindRecovery:
		if err := terminal.CheckLost(s.Out); err != nil {
			return err
		}
	}
	s.First(slotCheck(func(slots []vault.SlotInfo) error { return freeFor(o.label, slots) }))
	slots, st, err := slotsOf(ctx, s)
	if err != nil {
		return err
	}
	label := o.label
	if label == "" {
		label = freeLabel(kind, slots)
	}
	if err := freeFor(label, slots); err != nil {
		return err
	}
	a := adding{s: s, o: o, kind: kind, label: label, fresh: fresh, pq: st.Suite == "hybrid"}
	info, err := a.add(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(toKeyJSON(info))
	}
	s.Say("added the key slot %s (%s)%s", info.Label, info.Kind, s.InVault())
	return nil
}

// linked refuses, before anybody is asked, work on slots of a kind that the program
// is not linked with; which are those to work on.
func linked(s *frame.Session, slots []vault.SlotInfo, which func(vault.SlotInfo) bool) error {
	for _, slot := range slots {
		if err := s.Kinds.Check(slot.Kind); err != nil && which(slot) {
			return err
		}
	}
	return nil
}

// unknownKind refuses a kind of key slot that there is not.
func unknownKind(kind string) error {
	err := failure.Usage("a key is a passphrase, age, ssh, plugin, keyring, tpm or recovery, not %s", failure.Printable(kind))
	if hint := cmdline.Called(kind, cmdline.KindSynonyms); hint != "" {
		return err.Advised(hint)
	}
	if near := cmdline.Nearest(kind, slotKinds()); near != "" {
		return err.Hinted("did you mean {tacit key add %s}?", near)
	}
	return err.Hinted("tacit help key add")
}

// keyAddArgs says what comes after a kind of key slot.
func keyAddArgs(kind string, needs bool) error {
	if !needs {
		return failure.Usage("key add %s takes nothing more", kind).Hinted("{tacit key add %s}; --label LABEL names the slot", kind)
	}
	what := map[string]string{
		keyring.KindAge: "a recipient, age1…, as age-keygen -y prints it", keyring.KindSSH: "a public key, or its .pub file",
		keyring.KindPlugin: "the plugin's recipient, or an identity file",
	}[kind]
	return failure.Usage("key add %s needs %s", kind, what).Hinted("tacit help key add")
}

// freeFor refuses a label that a slot has.
func freeFor(label string, slots []vault.SlotInfo) error {
	if !hasSlot(slots, label) {
		return nil
	}
	return failure.Fault(vault.Exists, "key add: there is a key slot %s already", label).Hinted("--label LABEL")
}

// freeLabel is a label that no slot has.
func freeLabel(kind string, slots []vault.SlotInfo) string {
	for n := 1; ; n++ {
		label := kind
		if n > 1 {
			label = fmt.Sprintf("%s-%d", kind, n)
		}
		if !hasSlot(slots, label) {
			return label
		}
	}
}

// adding is one slot about to be added.
type adding struct {
	s     *frame.Session
	o     *keyOptions
	kind  string
	label string
	fresh currentPassphrase // of the new passphrase
	pq    bool              // the vault is post-quantum
}

// lacking is an error of what a slot is made with, where that is not at hand: it has
// nothing to do with what opens the vault, and no --identity helps.
func (a adding) lacking(err error) error {
	if !errors.Is(err, keyring.ErrUnavailable) {
		return err
	}
	f := *failure.Explain(err)
	f.Message, f.Detail = "key add "+a.kind+": "+why(err), ""
	f.Hint = "install or start what it needs, or add another kind of key: tacit help key add"
	return &f
}

// why is an error without what was being done when it came.
func why(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, keyring.ErrUnavailable.Error()+": "); ok {
		return after
	}
	return text
}

// add makes the slot. What was put into the system's keyring for it goes again
// where it could not be made.
func (a adding) add(ctx context.Context) (info vault.SlotInfo, err error) {
	spec, err := a.spec(ctx)
	if err != nil {
		return info, a.lacking(err)
	}
	defer spec.Wipe()
	err = a.s.Writing(ctx, func(v frame.OpenVault) error {
		info, err = v.AddSlot(ctx, a.label, spec)
		return a.lacking(err)
	})
	if err != nil && a.kind == keyring.KindKeyring {
		err = errors.Join(err, a.s.Kinds.ForgetOSKey(context.WithoutCancel(ctx), spec.Recipient))
	}
	return info, err
}

// spec says what the slot is to be, asking for what it takes.
func (a adding) spec(ctx context.Context) (keyring.LockSpec, error) {
	switch a.kind {
	case keyring.KindAge, keyring.KindSSH:
		return publicSpec(a.s, a.kind, a.o.args[1])
	case keyring.KindPlugin:
		return pluginSpec(a.o.args[1])
	case keyring.KindPassphrase:
		phrase, err := newPassphrase(ctx, a.s, a.fresh)
		return keyring.LockSpec{Kind: a.kind, Phrase: phrase}, err
	case keyring.KindKeyring:
		return newOSKeySpec(ctx, a.s, a.pq)
	case keyring.KindTPM:
		return a.tpm(ctx)
	case keyring.KindRecovery:
		phrase, err := newRecovery(ctx, a.s)
		return keyring.LockSpec{Kind: a.kind, Phrase: phrase}, err
	}
	return keyring.LockSpec{}, unknownKind(a.kind)
}

// tpm asks for the PIN where one is wanted.
func (a adding) tpm(ctx context.Context) (keyring.LockSpec, error) {
	spec := keyring.LockSpec{Kind: keyring.KindTPM}
	for _, text := range strings.FieldsFunc(a.o.pcrs, func(r rune) bool { return r == ',' || r == '+' }) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return spec, failure.Usage("--pcrs takes numbers like 0,7, not %s", failure.Printable(a.o.pcrs)).Hinted("--pcrs 0,7")
		}
		spec.PCRs = append(spec.PCRs, n)
	}
	if !a.o.pin {
		return spec, nil
	}
	tty, ok := a.s.Terminal()
	if !ok {
		return spec, failure.Usage("--pin asks for the PIN, and there is nobody to ask")
	}
	defer tty.Close()
	var err error
	spec.PIN, err = terminal.AskTwice(ctx, tty, "New PIN: ", "Once more: ")
	if err == nil && len(spec.PIN) == 0 {
		err = failure.Usage("there is no PIN").Hinted("leave --pin away")
	}
	return spec, err
}

// publicSpec is a slot for a public key, given by itself or in a file.
func publicSpec(s *frame.Session, kind, given string) (keyring.LockSpec, error) {
	text := given
	if kind == keyring.KindSSH && !strings.Contains(given, " ") {
		b, err := disk.ReadKeyFile(given)
		if err != nil {
			return keyring.LockSpec{}, err
		}
		text = string(b)
	}
	spec := keyring.LockSpec{Kind: kind, Recipient: strings.TrimSpace(text)}
	lock, err := spec.Lock(s.LockOptions())
	if err != nil {
		f := failure.Fault(vault.InvalidValue, "key add %s: %v", kind, err)
		if kind == keyring.KindSSH {
			return spec, f.Hinted("the public key, mostly ~/.ssh/id_ed25519.pub")
		}
		return spec, notRecipient(f, given)
	}
	spec.Recipient = lock.Public()
	return spec, nil
}

// notRecipient says in an error what would be a recipient, where given was none.
func notRecipient(f *failure.Failure, given string) *failure.Failure {
	if _, ok := keyring.PluginName(strings.TrimSpace(given)); ok {
		return f.Remedied(remedy.AddAsPlugin)
	}
	return f.Hinted("a recipient is age1…, as age-keygen -y prints it")
}

// pluginSpec is a slot for an age plugin's recipient, or for the first of its
// identities in a file.
func pluginSpec(given string) (keyring.LockSpec, error) {
	spec := keyring.LockSpec{Kind: keyring.KindPlugin, Recipient: given}
	if _, ok := keyring.PluginName(given); ok {
		return spec, nil
	}
	if strings.HasPrefix(given, "AGE-PLUGIN-") {
		return spec, failure.Usage("an identity does not belong on the command line, where others see it").Hinted("put it into a file: {tacit key add plugin FILE}")
	}
	b, err := disk.ReadKeyFile(given)
	if err != nil {
		return spec, err
	}
	defer clear(b)
	identity, ok := keyring.PluginIdentity(b)
	if !ok {
		return spec, failure.Fault(vault.InvalidValue, "%s holds no identity of an age plugin", given).
			Hinted("give the plugin's recipient, age1<name>1…, or an identity file with a line AGE-PLUGIN-<NAME>-1…")
	}
	spec.Recipient = identity
	return spec, nil
}

// slotKinds are what key add makes.
func slotKinds() []string {
	return []string{"age", "keyring", "passphrase", "plugin", "recovery", "ssh", "tpm"}
}
