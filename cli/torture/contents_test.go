package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault"
)

// contents are everything that a vault holds: the value of each version of each
// name, its slots, and its pin.
type contents map[string]string

// contents reads the vault at work, and verifies it.
func (b *bench) contents() (contents, error) {
	o := b.options(false)
	o.OneShot = false // this process goes on, and the disk is to be let go
	v, err := vault.Open(context.Background(), b.vault(), o)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return contentsOf(v)
}

func contentsOf(v *vault.Vault) (contents, error) {
	ctx := context.Background()
	c := contents{"pin": v.Status().Pin}
	list, err := v.List(ctx, vault.ListOptions{Deleted: true})
	if err != nil {
		return nil, err
	}
	for _, info := range list {
		for n := info.Oldest; n <= info.Version; n++ {
			s, err := v.ReadVersion(ctx, info.Name, n)
			key := fmt.Sprintf("%s at %d", info.Name, n)
			switch {
			case errors.Is(err, vault.NotFound):
				c[key] = "(gone)"
			case err != nil:
				return nil, err
			default:
				c[key] = string(s.Value.Reveal())
			}
		}
	}
	slots, err := v.Slots(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		c["slot "+s.Label] = s.Recipient
	}
	report, err := v.Verify(ctx, vault.VerifyOptions{Full: true})
	if err != nil {
		return nil, err
	}
	for _, f := range report.Findings {
		return nil, fmt.Errorf("verify finds: %s %s: %s", f.Name, f.Code, f.Message)
	}
	return c, nil
}

// differ names what is different, and no values.
func differ(got, want contents) string {
	var list []string
	for _, key := range sortedKeys(got) {
		if value, ok := want[key]; !ok {
			list = append(list, "more: "+key)
		} else if value != got[key] {
			list = append(list, "another: "+key)
		}
	}
	for _, key := range sortedKeys(want) {
		if _, ok := got[key]; !ok {
			list = append(list, "missing: "+key)
		}
	}
	const most = 8
	if len(list) > most {
		list = append(list[:most], fmt.Sprintf("and %d more", len(list)-most))
	}
	return strings.Join(list, ", ")
}

// writes asks that the vault takes a write, that it is there afterwards, that
// everything still verifies, and that nothing half-done lies about.
func (b *bench) writes() error {
	v, err := b.open(true)
	if err != nil {
		return err
	}
	_, err = v.Set(context.Background(), "AFTERWARDS", vault.Text("written"))
	if err := errors.Join(err, v.Close()); err != nil {
		return err
	}
	c, err := b.contents()
	if err != nil {
		return err
	}
	if c["AFTERWARDS at 1"] != "written" {
		return errors.New("it is not there")
	}
	entries, err := os.ReadDir(b.vault())
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch e.Name() {
		case "VAULT", "ballast", "db", "lock", "slots":
		default:
			return fmt.Errorf("%s is left", filepath.Join("vault", e.Name()))
		}
	}
	return nil
}
