package projects

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
)

// EnvCommand lists the environments of a project.
func EnvCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "env", Group: cmdline.GroupVault,
		Short: "list the project's environments",
		Long: `Lists the environments of the nearest project, from this folder on up: the name
("-" is the one without a name), how many secrets it has, which key slots open it,
what expires first, and the vault's folder. Outside of any project it lists those
that lie beside the default vault. It needs no key. A vault that cannot be opened
is listed with the reason. "current" in --json is the one that commands use here
without @NAME.`,
		Example: `tacit env
tacit env --json`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered},
		TooMany: func() error {
			return failure.Usage("env takes no arguments").Hinted("to run a command with the secrets in its environment: {tacit run -- COMMAND}")
		},
		Run: func(ctx context.Context, _ []string) error {
			return listEnvs(ctx, s)
		},
	}
}

// An envJSON is an environment in --json.
type envJSON struct {
	Env      string   `json:"env"`
	Vault    string   `json:"vault"`
	Attached bool     `json:"attached"`
	Current  bool     `json:"current"`
	Secrets  int      `json:"secrets"`
	Slots    []string `json:"slots"`             // their labels
	Expires  string   `json:"expires,omitempty"` // when the first of the secrets does
	Error    string   `json:"error,omitempty"`   // a code; then there is nothing to tell
}

func listEnvs(ctx context.Context, s *frame.Session) error {
	envs, err := frame.Environments(s)
	if err != nil {
		return err
	}
	current := ""
	if env, err := frame.EnvOf(s); err == nil {
		current = env
	}
	list := make([]envJSON, len(envs))
	for i, e := range envs {
		list[i] = describe(ctx, s, e)
		list[i].Current = e.Env == current && s.Named() == ""
	}
	if s.JSON {
		return s.WriteJSON(list)
	}
	rows := make([][]string, len(list))
	for i, e := range list {
		rows[i] = row(e)
	}
	frame.PrintRows(s, []table.Column{{Title: "NAME"}, {Title: "SECRETS"}, {Title: "SLOTS", Falls: 2}, {Title: "EXPIRES", Falls: 1}, {Title: "VAULT", Least: 16}}, rows)
	return nil
}

func row(e envJSON) []string {
	if e.Error != "" {
		return []string{cmp.Or(e.Env, "-"), e.Error, "-", "-", failure.Printable(e.Vault)}
	}
	return []string{cmp.Or(e.Env, "-"), strconv.Itoa(e.Secrets), cmp.Or(strings.Join(e.Slots, ","), "-"), cmp.Or(e.Expires, "-"), failure.Printable(e.Vault)}
}

// describe looks at a vault without a key. One that was found in a folder, and was never
// trusted, is not looked into.
func describe(ctx context.Context, s *frame.Session, e vault.Environment) envJSON {
	j := envJSON{Env: e.Env, Vault: e.Vault, Attached: e.Attached, Slots: []string{}}
	to := *s
	to.Vault, to.Envs, to.Wait = "", urfave.StringSlice{}, frame.Patience
	v, err := frame.OpenAt(ctx, &to, e.Vault, !e.Attached, frame.ToList)
	if err != nil {
		j.Error = failure.Explain(err).Code
		return j
	}
	defer v.Close()
	st := v.Status()
	j.Secrets = st.Names
	for _, slot := range st.Slots {
		j.Slots = append(j.Slots, slot.Label)
	}
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		j.Error = failure.Explain(err).Code
		return j
	}
	if first := firstExpiry(infos); !first.IsZero() {
		j.Expires = frame.Stamp(first)
	}
	return j
}

func firstExpiry(infos []vault.Info) (first time.Time) {
	for _, in := range infos {
		if !in.Expires.IsZero() && (first.IsZero() || in.Expires.Before(first)) {
			first = in.Expires
		}
	}
	return first
}
