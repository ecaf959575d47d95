package secrets

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type findOptions struct {
	pattern string
	fuzzy   bool
}

func FindCommand(s *frame.Session) *cmdline.Command {
	var o findOptions
	return &cmdline.Command{
		Name: "find", Group: cmdline.GroupSecrets, Args: "PATTERN", Min: 1, Max: 1,
		TooMany: func() error {
			return failure.Usage("find takes one PATTERN").Hinted("quote it, so that the shell leaves it alone; {tacit ls 'DB_*'} takes a glob")
		},
		Short: "search the names of secrets; needs no key",
		Long: `Lists the names that contain each word of PATTERN, in any order, in upper or lower
case. A space, _ and - part words: prod_db finds BILLING_DB_PROD. With --fuzzy it
lists the names that contain the characters of PATTERN in their order, best first.
On a terminal it does so by itself if nothing else is found. Finding nothing is no
error: the list is empty.`,
		Example: `tacit find stripe
tacit find prod_db
tacit find --fuzzy dburl`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fuzzy", Usage: "the characters of PATTERN in their order, best first", Destination: &o.fuzzy},
		},
		Sudden: cmdline.Anywhere,
		Run: func(ctx context.Context, args []string) error {
			o.pattern = args[0]
			return runFind(ctx, s, o)
		},
	}
}

// near is what is shown at a terminal if nothing was found: names that are similar.
func (o findOptions) near(ctx context.Context, s *frame.Session, v frame.OpenVault) (infos []vault.Info, err error) {
	if !o.fuzzy {
		infos, err = v.Find(ctx, o.pattern, true)
	}
	switch {
	case err != nil:
	case len(infos) == 0:
		s.Note("%s", o.none())
	default:
		s.Note("no name has %s in it; these have its characters in their order", failure.Printable(o.pattern))
	}
	return infos, err
}

// none says to somebody at a terminal that nothing was found.
func (o findOptions) none() string {
	switch {
	case strings.ContainsAny(o.pattern, `*?[`):
		return "no name has " + failure.Printable(o.pattern) + " in it; tacit ls takes a glob"
	case o.fuzzy:
		return "no name has these characters in their order"
	}
	return "no name has " + failure.Printable(o.pattern) + " in it, and none is similar"
}

// foundJSON is a name that was found, as the index has it.
type foundJSON struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	Kind    string `json:"kind"`
}

func runFind(ctx context.Context, s *frame.Session, o findOptions) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	system.CollectIfLarge(v.Status().Names)
	infos, err := v.Find(ctx, o.pattern, o.fuzzy)
	if err != nil {
		return err
	}
	if s.JSON {
		found := make([]foundJSON, len(infos))
		for i, in := range infos {
			found[i] = foundJSON{in.Name, in.Version, in.Kind}
		}
		return s.WriteJSON(found)
	}
	if len(infos) == 0 && terminal.IsTerminal(s.Out) {
		if infos, err = o.near(ctx, s, v); err != nil {
			return err
		}
	}
	nameLines(s, infos)
	return nil
}
