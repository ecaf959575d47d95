package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
)

// A labelFilter picks secrets by their labels: all of what it asks for is there.
type labelFilter struct{ labels urfave.StringSlice }

func (f *labelFilter) flag() urfave.Flag {
	return &urfave.StringSliceFlag{Name: "label", Usage: "only those with the label `KEY[=VALUE]`; may be repeated", Destination: &f.labels}
}

// given tells whether anything is asked for.
func (f *labelFilter) given() bool { return len(f.labels.Value()) > 0 }

// check refuses what no label can be.
func (f *labelFilter) check() error {
	for _, text := range f.labels.Value() {
		key, value, ok := strings.Cut(text, "=")
		if ok && value == "" {
			return usage("--label %s: no label is empty", printable(text)).hinted("--label %s asks for any value of it", shell.Quote(key))
		}
		if err := vault.CheckLabel(key, value); err != nil {
			return err
		}
	}
	return nil
}

// pick is the infos that have what is asked for.
func (f *labelFilter) pick(infos []vault.Info) []vault.Info {
	return slices.DeleteFunc(infos, func(i vault.Info) bool {
		for _, text := range f.labels.Value() {
			key, value, ok := strings.Cut(text, "=")
			has, there := i.Labels[key]
			if !there || ok && has != value {
				return true
			}
		}
		return false
	})
}
