package secrets

import (
	"cmp"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// A listLayout is how ls shows what it lists, and in which order.
type listLayout struct {
	sort    string
	reverse bool
	columns string // a list, "" for those that fit
	within  string // only what expires within this time
	tree    bool
	by      string // a label's key

	until time.Time // of within
}

func (o *listLayout) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "sort", Value: sortName, Usage: "in the order of `name|changed|expires|size|version`", Destination: &o.sort, Action: cmdline.Given("--sort")},
		&urfave.BoolFlag{Name: "reverse", Aliases: []string{"r"}, Usage: "in the opposite order", Destination: &o.reverse},
		&urfave.StringFlag{Name: "columns", Usage: "show these columns, a `LIST` like name,changed,labels", Destination: &o.columns, Action: cmdline.Given("--columns")},
		&urfave.StringFlag{Name: "expiring", Usage: "only what has expired, or expires `WITHIN` a time: 30d, 2w, a date", Destination: &o.within, Action: cmdline.Given("--expiring")},
		&urfave.BoolFlag{Name: "tree", Usage: "put what names begin with in common on a line of its own", Destination: &o.tree},
		&urfave.StringFlag{Name: "by", Usage: "group by the values of the label `KEY`", Destination: &o.by, Action: cmdline.Given("--by")},
	}
}

// shaped tells whether more is wanted than the names in their order.
func (o *listLayout) shaped() bool {
	return o.sort != sortName || o.reverse || o.columns != "" || o.within != "" || o.tree || o.by != ""
}

// check refuses what does not go together, and what is no order, column or time.
func (o *listLayout) check(s *frame.Session) error {
	if orderOf(o.sort) == nil {
		return failure.Usage("--sort takes name, changed, expires, size or version, not %s", failure.Printable(o.sort)).Hinted("--sort changed")
	}
	for _, name := range o.columnNames() {
		if columnOf(name) == nil {
			return failure.Usage("--columns: there is no column %s", failure.Printable(name)).Hinted("--columns %s", strings.Join(columnOrder(), ","))
		}
	}
	switch {
	case o.tree && o.by != "":
		return failure.Usage("--tree and --by: give one of them")
	case s.JSON && (o.tree || o.by != "" || o.columns != ""):
		return failure.Usage("--tree, --by and --columns are for people; --json has everything").Hinted("leave them out")
	case o.tree && (o.sort != sortName || o.reverse):
		return failure.Usage("--tree is in the order of names").Hinted("--by KEY takes --sort")
	case o.by != "":
		if err := vault.CheckLabel(o.by, ""); err != nil {
			return err
		}
	}
	if o.within == "" {
		return nil
	}
	until, err := parseWhen(o.within, s.Now())
	if err != nil {
		return failure.Usage("--expiring: %v", err).Hinted("--expiring 30d, or 12h, 2w, 1y, a date")
	}
	o.until = until
	return nil
}

// columnNames are the columns that were asked for.
func (o *listLayout) columnNames() []string {
	if o.columns == "" {
		return nil
	}
	names := strings.Split(o.columns, ",")
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	return names
}

// sortName is the order of a list that nobody asked to sort.
const sortName = "name"

// orderOf is an order of --sort, nil if there is none of that name. What is equal stays
// in the order of names.
func orderOf(name string) func(a, b vault.Info) int {
	switch name {
	case sortName:
		return func(a, b vault.Info) int { return strings.Compare(a.Name, b.Name) }
	case "changed":
		return func(a, b vault.Info) int { return b.Updated.Compare(a.Updated) }
	case "expires":
		return byExpiry
	case "size":
		return func(a, b vault.Info) int { return cmp.Compare(b.Size, a.Size) }
	case "version":
		return func(a, b vault.Info) int { return cmp.Compare(b.Version, a.Version) }
	}
	return nil
}

// byExpiry puts what never expires last.
func byExpiry(a, b vault.Info) int {
	switch {
	case a.Expires.IsZero() || b.Expires.IsZero():
		return cmp.Compare(b.Expires.Unix(), a.Expires.Unix())
	}
	return a.Expires.Compare(b.Expires)
}

// arrange leaves out what does not expire in time, and sorts the rest.
func (o *listLayout) arrange(infos []vault.Info) []vault.Info {
	if o.within != "" {
		infos = slices.DeleteFunc(infos, func(in vault.Info) bool { return in.Expires.IsZero() || in.Expires.After(o.until) })
	}
	if o.sort != sortName {
		slices.SortStableFunc(infos, orderOf(o.sort))
	}
	if o.reverse {
		slices.Reverse(infos)
	}
	return infos
}
