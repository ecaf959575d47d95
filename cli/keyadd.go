package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

func runKeyAdd(ctx context.Context, s *session, o *keyOptions) error {
	kind := o.args[0]
	if !slices.Contains(slotKinds(), kind) {
		return unknownKind(kind)
	}
	needs := slices.Contains([]string{keyring.KindAge, keyring.KindSSH, keyring.KindPlugin}, kind)
	if needs != (len(o.args) == 2) {
		return keyAddArgs(kind, needs)
	}
	var fresh currentPassphrase
	if kind == keyring.KindPassphrase {
		fresh = o.current.swap(s)
	} else if o.current.given() {
		return usage("--current-passphrase-* is for key add passphrase and key passwd").hinted("--passphrase-file opens the vault here")
	}
	// What is wrong with the command line is said before anything is asked.
	switch kind {
	case keyring.KindAge, keyring.KindSSH:
		if _, err := s.publicSpec(kind, o.args[1]); err != nil {
			return err
		}
	case keyring.KindPlugin:
		if _, err := pluginSpec(o.args[1]); err != nil {
			return err
		}
	}
	s.first(slotCheck(func(slots []vault.SlotInfo) error { return freeFor(o.label, slots) }))
	slots, st, err := s.slotsOf(ctx)
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
	if s.json {
		return s.writeJSON(toKeyJSON(info))
	}
	s.say("added the key slot %s (%s)%s", info.Label, info.Kind, s.inVault())
	return nil
}

// unknownKind refuses a kind of key slot that there is not.
func unknownKind(kind string) error {
	err := usage("a key is a passphrase, age, ssh, plugin, keyring, tpm or recovery, not %s", printable(kind))
	if hint := called(kind, kindSynonyms); hint != "" {
		return err.hinted("%s", hint)
	}
	if near := nearest(kind, slotKinds()); near != "" {
		return err.hinted("did you mean tacit key add %s?", near)
	}
	return err.hinted("tacit help key add")
}

// keyAddArgs says what comes after a kind of key slot.
func keyAddArgs(kind string, needs bool) error {
	if !needs {
		return usage("key add %s takes nothing more", kind).hinted("tacit key add %s; --label LABEL names the slot", kind)
	}
	what := map[string]string{
		keyring.KindAge: "a recipient, age1…, as age-keygen -y prints it", keyring.KindSSH: "a public key, or its .pub file",
		keyring.KindPlugin: "the plugin's recipient, or an identity file",
	}[kind]
	return usage("key add %s needs %s", kind, what).hinted("tacit help key add")
}

// freeFor refuses a label that a slot has.
func freeFor(label string, slots []vault.SlotInfo) error {
	if !hasSlot(slots, label) {
		return nil
	}
	return fault(vault.Exists, "key add: there is a key slot %s already", label).hinted("--label LABEL")
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
	s     *session
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
	f := *explain(err)
	f.message, f.detail = "key add "+a.kind+": "+why(err), ""
	f.hint = "install or start what it needs, or add another kind of key: tacit help key add"
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
	err = a.s.writing(ctx, func(v opened) error {
		info, err = v.AddSlot(ctx, a.label, spec)
		return a.lacking(err)
	})
	if err != nil && a.kind == keyring.KindKeyring {
		err = errors.Join(err, keyring.ForgetOSKey(context.WithoutCancel(ctx), spec.Recipient))
	}
	return info, err
}

// spec says what the slot is to be, asking for what it takes.
func (a adding) spec(ctx context.Context) (keyring.LockSpec, error) {
	switch a.kind {
	case keyring.KindAge, keyring.KindSSH:
		return a.s.publicSpec(a.kind, a.o.args[1])
	case keyring.KindPlugin:
		return pluginSpec(a.o.args[1])
	case keyring.KindPassphrase:
		phrase, err := a.s.newPassphrase(ctx, a.fresh)
		return keyring.LockSpec{Kind: a.kind, Phrase: phrase}, err
	case keyring.KindKeyring:
		return newOSKeySpec(ctx, a.pq)
	case keyring.KindTPM:
		return a.tpm(ctx)
	case keyring.KindRecovery:
		phrase, err := a.s.newRecovery(ctx)
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
			return spec, usage("--pcrs takes numbers like 0,7, not %s", printable(a.o.pcrs)).hinted("--pcrs 0,7")
		}
		spec.PCRs = append(spec.PCRs, n)
	}
	if !a.o.pin {
		return spec, nil
	}
	tty, ok := a.s.terminal()
	if !ok {
		return spec, usage("--pin asks for the PIN, and there is nobody to ask")
	}
	defer tty.Close()
	var err error
	spec.PIN, err = askTwice(ctx, tty, "New PIN: ", "Once more: ")
	if err == nil && len(spec.PIN) == 0 {
		err = usage("there is no PIN").hinted("leave --pin away")
	}
	return spec, err
}

// publicSpec is a slot for a public key, given by itself or in a file.
func (s *session) publicSpec(kind, given string) (keyring.LockSpec, error) {
	text := given
	if kind == keyring.KindSSH && !strings.Contains(given, " ") {
		b, err := readKeyFile(given)
		if err != nil {
			return keyring.LockSpec{}, err
		}
		text = string(b)
	}
	spec := keyring.LockSpec{Kind: kind, Recipient: strings.TrimSpace(text)}
	lock, err := spec.Lock(s.lockOptions())
	if err != nil {
		f := fault(vault.InvalidValue, "key add %s: %v", kind, err)
		if kind == keyring.KindSSH {
			return spec, f.hinted("the public key, mostly ~/.ssh/id_ed25519.pub")
		}
		return spec, notRecipient(f, given)
	}
	spec.Recipient = lock.Public()
	return spec, nil
}

// notRecipient says in an error what would be a recipient, where given was none.
func notRecipient(f *failure, given string) *failure {
	if _, ok := keyring.PluginName(strings.TrimSpace(given)); ok {
		return f.remedied(remedy.AddAsPlugin)
	}
	return f.hinted("a recipient is age1…, as age-keygen -y prints it")
}

// pluginSpec is a slot for an age plugin's recipient, or for the first of its
// identities in a file.
func pluginSpec(given string) (keyring.LockSpec, error) {
	spec := keyring.LockSpec{Kind: keyring.KindPlugin, Recipient: given}
	if _, ok := keyring.PluginName(given); ok {
		return spec, nil
	}
	if strings.HasPrefix(given, "AGE-PLUGIN-") {
		return spec, usage("an identity does not belong on the command line, where others see it").hinted("put it into a file: tacit key add plugin FILE")
	}
	b, err := readKeyFile(given)
	if err != nil {
		return spec, err
	}
	defer clear(b)
	identity, ok := keyring.PluginIdentity(b)
	if !ok {
		return spec, fault(vault.InvalidValue, "%s holds no identity of an age plugin", given).
			hinted("give the plugin's recipient, age1<name>1…, or an identity file with a line AGE-PLUGIN-<NAME>-1…")
	}
	spec.Recipient = identity
	return spec, nil
}

// slotKinds are what key add makes.
func slotKinds() []string {
	return []string{"age", "keyring", "passphrase", "plugin", "recovery", "ssh", "tpm"}
}
