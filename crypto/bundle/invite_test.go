package bundle_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

func (c *cast) invite(secret bundle.Secret) *bundle.Invite {
	return &bundle.Invite{
		Genesis: c.genesis.Digest(), Number: c.newest.Number, Charter: c.newest.Digest(),
		ID: bundle.InviteID(fixed("invite", 8)), Secret: secret, Inbox: c.newest.InboxRecipient,
		Address: "/srv/vaults/team@home",
	}
}

func TestInvite(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	for _, secret := range []bundle.Secret{nil, bundle.Secret(fixed("secret", 16))} {
		in := c.invite(secret)
		code, err := in.Reveal()
		if err != nil {
			t.Fatal(err)
		}
		out, err := bundle.ParseInvite(code)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := out.Reveal(); err != nil || again != code || out.Group() != c.genesis.ID() || !bytes.Equal(out.Secret, secret) {
			t.Errorf("%v; got %+v", err, out)
		}
	}
}

// A code that is not the one that was made is refused, and no part of it is shown.
func TestInviteRefused(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	good, err := c.invite(bundle.Secret(fixed("secret", 16))).Reveal()
	if err != nil {
		t.Fatal(err)
	}
	text, address, _ := strings.Cut(good, "@")
	for name, x := range map[string]struct {
		code string
		want error
	}{
		"empty":            {"", crypto.ErrMalformed},
		"another thing":    {"age1qqqqqqqq", crypto.ErrMalformed},
		"newer":            {"tacit2:abc@x", crypto.ErrNewer},
		"no address":       {text, crypto.ErrMalformed},
		"an empty address": {text + "@", crypto.ErrLimit},
		"a long address":   {text + "@" + strings.Repeat("a", bundle.MaxAddress+1), crypto.ErrLimit},
		"a newline":        {good + "\n", crypto.ErrMalformed},
		"cut":              {text[:len(text)-3] + "@" + address, crypto.ErrMalformed},
		"a letter more":    {text + "A@" + address, crypto.ErrMalformed},
		"padding":          {text + "=@" + address, crypto.ErrMalformed},
		"a line end":       {text[:40] + "\n" + text[40:] + "@" + address, crypto.ErrMalformed},
	} {
		_, err := bundle.ParseInvite(x.code)
		if !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(x.code) > 60 && strings.Contains(err.Error(), x.code[40:60]) {
			t.Errorf("%s: the error shows the code", name)
		}
	}
}

func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	in := c.invite(bundle.Secret(fixed("secret", 16)))
	for _, v := range []any{in, *in, in.Secret, c.owner.sign, *c.recovery, c.recovery} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			s := fmt.Sprintf(verb, v)
			if strings.Contains(s, fmt.Sprintf("%x", []byte(in.Secret))) || strings.Contains(s, string(in.Secret)) ||
				!strings.Contains(s, "redacted") && !strings.Contains(s, fmt.Sprintf("%x", "[redacted]")) {
				t.Errorf("%T under %s: %s", v, verb, s)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	digest := crypto.Sum([]byte("request"))
	check := bundle.CheckOf(digest)
	s := check.String()
	if len(s) != 19 || !bytes.Equal(check[:], digest[:10]) {
		t.Errorf("%s", s)
	}
	for _, typed := range []string{
		s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), strings.ReplaceAll(s, "-", " "), " " + s + " ",
		strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(s),
	} {
		if got, err := bundle.ParseCheck(typed); err != nil || got != check {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", "AAAA", s + "A", s[1:], strings.Repeat("A", 100), "9" + s[1:], s[:18] + "é", s[:18] + "\n"} {
		if _, err := bundle.ParseCheck(typed); !errors.Is(err, crypto.ErrMalformed) {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestRecoveryPhrase(t *testing.T) {
	t.Parallel()
	for _, suite := range suites {
		want, err := bundle.DeriveRecovery([]byte(phrase), suite)
		if err != nil {
			t.Fatal(err)
		}
		if want.Identity.Suite() != suite {
			t.Errorf("%s: suite %s", suite, want.Identity.Suite())
		}
		for _, typed := range []string{strings.ToUpper(phrase), strings.ReplaceAll(phrase, " ", "-"), "  " + strings.ReplaceAll(phrase, " ", "\n ") + "\n"} {
			got, err := bundle.DeriveRecovery([]byte(typed), suite)
			if err != nil || !got.Identity.Equal(want.Identity) || got.Sign.Public() != want.Sign.Public() {
				t.Errorf("%q: %v", typed, err)
			}
		}
		other, err := bundle.DeriveRecovery([]byte(phrase+" abreast"), suite)
		if err != nil || other.Identity.Equal(want.Identity) || other.Sign.Public() == want.Sign.Public() {
			t.Errorf("another phrase gives the same keys: %v", err)
		}
	}
	for _, short := range []string{"", "abacus", strings.Join(strings.Fields(phrase)[1:], " ")} {
		if _, err := bundle.DeriveRecovery([]byte(short), crypto.X25519); !errors.Is(err, crypto.ErrMalformed) {
			t.Errorf("%q: %v", short, err)
		}
	}
}

// The proof in a request holds for this request alone.
func TestJoinProof(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	secret := bundle.Secret(fixed("secret", 16))
	h := bundle.Head{Group: c.genesis.ID(), Member: c.reader.ID, Seq: 1}
	made := bundle.Join{Member: c.reader.Member, Time: 1767225600, Invite: bundle.InviteID(fixed("invite", 8))}
	made.Prove(h, secret)
	if !made.Proves(h, secret) {
		t.Fatal("the proof does not hold")
	}
	for name, change := range map[string]func(*bundle.Join, *bundle.Head){
		"group":     func(_ *bundle.Join, h *bundle.Head) { h.Group[0]++ },
		"member":    func(_ *bundle.Join, h *bundle.Head) { h.Member[0]++ },
		"label":     func(j *bundle.Join, _ *bundle.Head) { j.Member.Label = "root" },
		"key":       func(j *bundle.Join, _ *bundle.Head) { j.Member.Key[0]++ },
		"recipient": func(j *bundle.Join, _ *bundle.Head) { j.Member.Recipient = c.writer.Recipient },
		"time":      func(j *bundle.Join, _ *bundle.Head) { j.Time++ },
		"invite":    func(j *bundle.Join, _ *bundle.Head) { j.Invite[0]++ },
		"proof":     func(j *bundle.Join, _ *bundle.Head) { j.MAC = bytes.Clone(j.MAC); j.MAC[0]++ },
		"no proof":  func(j *bundle.Join, _ *bundle.Head) { j.MAC = nil },
	} {
		j, h := made, h
		change(&j, &h)
		if j.Proves(h, secret) {
			t.Errorf("another %s: the proof holds", name)
		}
	}
	if made.Proves(h, bundle.Secret(fixed("another", 16))) || made.Proves(h, nil) {
		t.Error("the proof holds under another secret")
	}
	none := made
	none.Prove(h, nil)
	if none.Proves(h, nil) {
		t.Error("a proof under no secret holds")
	}
}
