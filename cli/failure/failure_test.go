package failure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

func TestExitCodes(t *testing.T) {
	for code, want := range map[vault.Code]int{
		vault.NotFound: 3, vault.InvalidName: 4, vault.InvalidValue: 4, vault.Exists: 5, vault.Conflict: 5,
		vault.NoVault: 6, vault.Locked: 6, vault.Untrusted: 6, vault.WrongKey: 7,
		vault.VaultMissing: 8, vault.Swapped: 8, vault.Replayed: 8, vault.Missing: 8, vault.Resurrected: 8, vault.Forged: 8,
		vault.IndexTampered: 8, vault.SlotTampered: 8, vault.HeadForged: 8, vault.RolledBack: 8, vault.Forked: 8,
		vault.Unproven: 8, vault.Substituted: 8, vault.Corrupt: 8, vault.Unsafe: 8,
		vault.Denied: 6, vault.NotMember: 6, vault.Stale: 8, vault.Unreachable: 11,
		vault.Busy: 9, vault.NoSpace: 10, vault.ReadOnly: 10, vault.Newer: 1, vault.Internal: 1, "unheard_of": 1,
	} {
		err := fmt.Errorf("doing: %w", &vault.SecretError{Code: code, Op: "read", Key: "A"})
		f := Explain(err)
		if f.Exit != want || f.Code != string(code) {
			t.Errorf("%s: exit code %d, code %q, want %d", code, f.Exit, f.Code, want)
		}
		said := false
		for _, m := range ExitMeanings {
			said = said || m.Code == f.Exit
		}
		if !said {
			t.Errorf("%s: help does not say what %d is", code, f.Exit)
		}
	}
	if f := Explain(fmt.Errorf("x: %w", context.Canceled)); f.Exit != 130 {
		t.Errorf("interrupted: %d", f.Exit)
	}
	if f := Explain(errors.New("x")); f.Exit != 1 {
		t.Errorf("any other: %d", f.Exit)
	}
}

func TestDuringKeepsTheCause(t *testing.T) {
	se := &vault.SecretError{Code: vault.Conflict, Op: "apply", Key: "A"}
	if err := During("import", se); !errors.Is(err, vault.Conflict) || !strings.HasPrefix(err.Error(), "import A") || se.Op != "apply" {
		t.Errorf("%v", err)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain ünï": "plain ünï", "\x1b[2J": "?[2J", "a\nb\r": "a?b?", "\xff": "?", "\u202eabc\u200b": "?abc?", "\u009b1m": "?1m",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Printable(strings.Repeat("x", 10_000)); len(got) > 600 {
		t.Errorf("%d bytes", len(got))
	}
}

// Errors that were joined are told in one line, wherever they stand in another one.
func TestJoinedErrors(t *testing.T) {
	one, two := errors.New("no entry"), errors.New("no key")
	both := errors.Join(one, two)
	const want = "no entry; no key"
	for _, c := range []struct {
		err  error
		want string
	}{
		{one, "no entry"},
		{both, want},
		{errors.Join(both, one), want + "; no entry"},
		{fmt.Errorf("reading a: %w", both), "reading a: " + want},
		{fmt.Errorf("%w, %w", both, one), want + ", no entry"},
		{&vault.SecretError{Code: vault.Unproven, Op: "list", Path: "p", Message: "it cannot be read: " + both.Error(), Err: both}, "list p: it cannot be read: " + want},
		{fmt.Errorf("a name\nin two lines: %w", both), "a name\nin two lines: " + want},
	} {
		if got := Text(c.err); got != c.want {
			t.Errorf("%q, must be %q", got, c.want)
		}
		if got := Explain(c.err).Message; got != c.want {
			t.Errorf("explained: %q, must be %q", got, c.want)
		}
		if got := Fault(vault.Busy, "at %d: %v", 1, c.err).Message; got != "at 1: "+c.want {
			t.Errorf("of a fault: %q, must be %q", got, c.want)
		}
	}
	if got := Said("%s: %v", "a\nb", both); got != "a?b: "+want {
		t.Errorf("said: %q", got)
	}
	f := Explain(&vault.SecretError{Code: vault.Unproven, Message: "it cannot be read", Err: both})
	if f.Detail != want {
		t.Errorf("in detail: %q", f.Detail)
	}
}
