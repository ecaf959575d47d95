package choice

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
)

// A LabelFilter picks secrets by their labels: all of what it asks for is there.
type LabelFilter struct{ labels urfave.StringSlice }

func (f *LabelFilter) Flag() urfave.Flag {
	return &urfave.StringSliceFlag{Name: "label", Usage: "only those with the label `KEY[=VALUE]`; may be repeated", Destination: &f.labels}
}

// Given tells whether anything is asked for.
func (f *LabelFilter) Given() bool { return len(f.labels.Value()) > 0 }

// Check refuses what no label can be.
func (f *LabelFilter) Check() error {
	for _, text := range f.labels.Value() {
		key, value, ok := strings.Cut(text, "=")
		if ok && value == "" {
			return failure.Usage("--label %s: no label is empty", failure.Printable(text)).Hinted("--label %s asks for any value of it", shell.Quote(key))
		}
		if err := vault.CheckLabel(key, value); err != nil {
			return err
		}
	}
	return nil
}

// Pick is the infos that have what is asked for.
func (f *LabelFilter) Pick(infos []vault.Info) []vault.Info {
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
