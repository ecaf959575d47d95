package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/agent"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
)

// variables are those of the environment that tacit knows.
var variables = map[string]bool{
	"TACIT_VAULT": true, "TACIT_IDENTITY": true, "TACIT_EXPECT": true, "TACIT_AGENT": true, "TACIT_TPM": true,
	"TACIT_ASKPASS": true,
}

// environment looks at TACIT_ variables, and says which program this is.
func (d *doctor) environment() (found []health.Finding) {
	const check = "environment"
	for _, pair := range d.s.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case !strings.HasPrefix(name, "TACIT_") || variables[name] || value == "" || strings.HasPrefix(name, "TACIT_TEST_"):
		case strings.Contains(name, "PASS") || strings.Contains(name, "SECRET") || strings.Contains(name, "KEY"):
			found = append(found, health.Finding{
				Check: check, Level: health.Fault, Message: name + " is set, which tacit does not read, and every program that you start can",
				Remedy: "unset " + name + "; --passphrase-file or --passphrase-command give a passphrase",
			})
		default:
			found = append(found, health.Finding{
				Check: check, Level: health.Advice, Message: name + " is set, and tacit knows no such variable",
				Remedy: "unset " + name + "; tacit help environment lists them",
			})
		}
	}
	b := thisBuild()
	return append(found, health.Finding{Check: check, Message: fmt.Sprintf("tacit %s, vault format %d, %s, %s", b.Version, b.Format, b.Go, b.Platform)})
}

// identities looks at the identity files that a command here would use.
func (d *doctor) identities() {
	named := d.s.identities.Value()
	if len(named) == 0 && d.s.Env("TACIT_IDENTITY") != "" {
		named = []string{d.s.Env("TACIT_IDENTITY")}
	}
	for _, path := range named {
		d.add(health.Identity(path, d.dir, true)...)
	}
	if path := keyring.DefaultIdentityPath(); len(named) == 0 && path != "" {
		d.add(health.Identity(path, d.dir, false)...)
	}
}

// agent looks at the vault's agent, and returns it where it can be asked. Then
// it looks for sockets that killed agents left.
func (d *doctor) agent(ctx context.Context) *agent.Client {
	const check = "agent"
	path, ok := agent.Socket(d.s.Env, d.dir)
	if !ok {
		return nil
	}
	c, st, err := d.s.dialAgent(ctx, d.dir)
	switch {
	case err != nil:
		f := explain(err)
		d.add(health.Finding{Check: check, Level: health.Fault, Message: f.message, Remedy: f.hint})
	case c != nil && st.Vault.Path != d.dir:
		d.add(health.Finding{
			Check: check, Level: health.Fault, Message: fmt.Sprintf("the agent at %s serves another vault, %s", path, st.Vault.Path), Remedy: "unset TACIT_AGENT",
		})
		c.Close()
		c = nil
	case c != nil:
		d.add(health.Finding{Check: check, Message: fmt.Sprintf("an agent has the vault open (pid %d)", st.PID)})
	}
	sockets, err := agent.Sockets(d.s.Env)
	if err != nil {
		d.add(health.Finding{Check: check, Level: health.Fault, Message: "the folder of the agents' sockets cannot be looked at: " + err.Error(), Remedy: "ls -ld " + health.Quote(filepath.Dir(path))})
	}
	for _, socket := range sockets {
		other, err := agent.Dial(ctx, socket)
		if err == nil {
			other.Close()
		}
		if _, there := os.Lstat(socket); there == nil && errors.Is(err, agent.ErrNone) {
			d.add(health.Finding{
				Check: check, Level: health.Advice, Message: "an agent was killed and has left its socket " + socket, Remedy: "rm " + health.Quote(socket),
				Fix: func() (string, error) { return "removed the socket " + socket, agent.RemoveStale(socket) },
			})
		}
	}
	return c
}

// behindAgent looks at a vault by what its agent tells.
func (d *doctor) behindAgent(ctx context.Context, c *agent.Client) {
	st := c.Status()
	d.add(health.Clock(d.s.Now(), st.Created, st.Changed)...)
	if expect := d.s.Env("TACIT_EXPECT"); expect != "" {
		if err := st.Expected(expect); err != nil {
			d.tampered(err)
		}
	}
	slots, err := c.Slots(ctx)
	if vault.CodeOf(err) == vault.Denied {
		return // a socket for less
	}
	if err != nil {
		d.tampered(err)
		return
	}
	d.slots(ctx, slots, true, nil)
	list, err := c.Exposed(ctx)
	d.exposed(list, err)
}

// tampered takes an error of the vault over, as bad as its code is.
func (d *doctor) tampered(err error) {
	if vault.CodeOf(err).Tampering() {
		f := explain(err)
		d.add(health.Finding{Check: "vault", Level: health.Tampering, Message: f.message, Remedy: f.hint})
		return
	}
	d.refused("vault", err)
}

// probe tells whether the key of a slot that is not the user's to type or name
// can be had here, without asking for it.
func (d *doctor) probe(ctx context.Context, slot vault.SlotInfo) error {
	var err error
	remedy := "tacit key list; tacit key remove " + slot.Label + ", if it is of no use any more"
	switch slot.Kind {
	case keyring.KindKeyring:
		err = keyring.ProbeOSKey(ctx, slot.Recipient)
		remedy = "what is said here, or: " + remedy
	case keyring.KindTPM:
		err = keyring.ProbeTPM(d.s.Env("TACIT_TPM"))
	case keyring.KindPlugin:
		name, ok := keyring.PluginName(slot.Recipient)
		if !ok {
			return nil // made of an identity: which plugin it takes is not written down
		}
		program := "age-plugin-" + name
		if _, lookErr := exec.LookPath(program); lookErr != nil {
			err = fmt.Errorf("%s is not in PATH", program)
			remedy = "install " + program + ", or put it on the PATH"
		}
	}
	check := slot.Kind
	if err != nil {
		d.add(health.Finding{Check: check, Level: health.Advice, Message: "the key slot " + slot.Label + " cannot be used here: " + err.Error(), Remedy: remedy})
		return err
	}
	d.add(health.Finding{Check: check, Message: "the key of the slot " + slot.Label + " can be reached"})
	return nil
}
