package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// variables are those of the environment that tacit knows.
var variables = []string{
	"TACIT_VAULT", "TACIT_IDENTITY", "TACIT_EXPECT", "TACIT_AGENT", "TACIT_TPM",
	"TACIT_ASKPASS", "TACIT_CODE", "TACIT_ENV", "TACIT_ALLOW_OWNER",
}

// environment looks at TACIT_ variables, and says which program this is.
func (d *doctor) environment() (found []health.Finding) {
	const check = "environment"
	for _, pair := range d.s.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case !strings.HasPrefix(name, "TACIT_") || slices.Contains(variables, name) || value == "" || strings.HasPrefix(name, "TACIT_TEST_"):
		case strings.Contains(name, "PASS") || strings.Contains(name, "SECRET") || strings.Contains(name, "KEY"):
			found = append(found, health.Finding{
				Check: check, Level: health.Fault, Message: name + " is set, which tacit does not read, and every program that you start can",
				Remedy: remedy.To(failure.UnsetPassphrase, failure.TheVariable.Named(name)),
			})
		default:
			found = append(found, health.Finding{
				Check: check, Level: health.Advice, Message: name + " is set, and tacit knows no such variable",
				Remedy: remedy.To(failure.UnsetUnknown, failure.TheVariable.Named(name)),
			})
		}
	}
	b := frame.ThisBuild()
	return append(found, health.Finding{Check: check, Message: fmt.Sprintf("tacit %s, vault format %d, %s, %s", b.Version, b.Format, b.Go, b.Platform)})
}

// identities looks at the identity files that a command here would use.
func (d *doctor) identities() {
	named := d.s.Identities.Value()
	if len(named) == 0 && d.s.Env("TACIT_IDENTITY") != "" {
		named = []string{d.s.Env("TACIT_IDENTITY")}
	}
	usual := keyring.DefaultIdentityPath()
	for _, path := range named {
		d.add(health.Identity(path, d.dir, usual, true)...)
		d.plugins(path)
	}
	if len(named) == 0 && usual != "" {
		d.add(health.Identity(usual, d.dir, usual, false)...)
		d.plugins(usual)
	}
}
