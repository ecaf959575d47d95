package secrets

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/clip"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type getOptions struct {
	name string
	at   string
	copy bool
	qr   bool
	file string // of the QR code
	show frame.ShowFor

	maxAge time.Duration
}

// AsQR shows a secret as a QR code, or writes that to a file.
type AsQR func(ctx context.Context, s *frame.Session, secret vault.Secret, file string, show frame.ShowFor) error

// GetCommand is get. Without asQR another program has to show QR codes.
func GetCommand(s *frame.Session, asQR AsQR) *cmdline.Command {
	var o getOptions
	return &cmdline.Command{
		Name: "get", Aliases: []string{"read"}, Group: cmdline.GroupSecrets, Args: "NAME", Min: 1, Max: 1,
		Short: "print a secret",
		Long: `Prints the value of NAME exactly as it was stored. On a terminal a newline is
added. A JSON value is printed as compact JSON. With --json the output is
{"name","version","kind","updated","value"}, with "expires" and "labels" where the
secret has them; bytes are {"$base64":"…"}.

--copy is tacit copy. --qr shows the value as a QR code on a page of its own, which is
erased at any key or after 30 seconds; --output writes it as a PNG file instead,
which anyone who reads the file can scan.`,
		Example: `tacit get API_KEY
tacit get TLS_KEY > server.key
tacit get API_KEY --at 3
tacit get CONFIG --json | jq .value
tacit get API_KEY -c
tacit get WIFI -q`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "at", Usage: "print the older `VERSION` (tacit history lists them)", Destination: &o.at, Action: cmdline.Given("--at")},
			clip.CopyFlag(&o.copy),
			&urfave.BoolFlag{Name: "qr", Aliases: []string{"q"}, Usage: "show it as a QR code, on a page that is erased", Destination: &o.qr},
			&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "with --qr: write a PNG to `FILE`", Destination: &o.file, Action: cmdline.Given("--output")},
			o.show.Flag(),
			frame.MaxAgeFlag(&o.maxAge),
		},
		Sudden: func(l cmdline.Line) bool { return !l.Has("copy") && !l.Has("qr") },
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runGet(ctx, s, o, asQR)
		},
	}
}

// secretJSON is a secret with its value.
type secretJSON struct {
	Name    string            `json:"name"`
	Version uint64            `json:"version"`
	Kind    string            `json:"kind"`
	Updated string            `json:"updated"`
	Expires string            `json:"expires,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Value   json.RawMessage   `json:"value"`
}

// check refuses what does not go together.
func (o *getOptions) check(s *frame.Session) error {
	switch {
	case o.copy && o.qr:
		return failure.Usage("--copy and --qr: give one of them")
	case o.qr && s.JSON:
		return failure.Usage("--qr is for people; --json has no picture").Hinted("{tacit get %s --json}", shell.Quote(o.name))
	case o.file != "" && !o.qr:
		return failure.Usage("--output is for --qr").Hinted("{tacit get %s --qr --output FILE.png}; a value goes to a file with > FILE", shell.Quote(o.name))
	}
	return o.show.Check()
}

func runGet(ctx context.Context, s *frame.Session, o getOptions, asQR AsQR) error {
	if err := o.check(s); err != nil {
		return err
	}
	if o.qr && asQR == nil {
		return frame.NotLinked("get --qr")
	}
	var at uint64
	if o.at != "" {
		n, err := parseVersion(o.at)
		if err != nil {
			return err
		}
		at = n
	}
	if err := frame.AcceptAge(s, o.maxAge); err != nil {
		return err
	}
	if o.copy {
		return clip.CopyVersion(ctx, s, o.name, at)
	}
	if s.First(frame.IsThere("read", o.name)); at != 0 {
		s.Checks = []frame.Check{frame.HasVersion("read", o.name, at)}
	}
	s.AsksOnce = true
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	var secret vault.Secret
	if at != 0 {
		secret, err = v.ReadVersion(ctx, o.name, at)
	} else {
		secret, err = v.Read(ctx, o.name)
	}
	if err != nil {
		return err
	}
	defer secret.Value.Wipe()
	if o.qr {
		v.Close() // nobody waits for the vault while somebody looks
		return asQR(ctx, s, secret, o.file, o.show)
	}
	if s.JSON {
		return s.WriteJSON(secretJSON{
			secret.Name, secret.Version, secret.Kind, frame.Stamp(secret.Updated),
			frame.Stamp(secret.Expires), secret.Labels, secret.Value.JSONValue(),
		})
	}
	s.Results.Write(secret.Value.Reveal())
	if terminal.IsTerminal(s.Out) {
		s.Results.WriteByte('\n')
	}
	return s.Flush()
}

// parseVersion reads the number of a version, from 1.
func parseVersion(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, failure.Usage("a version is a number from 1, not %s", failure.Printable(text)).Hinted("{tacit history NAME}")
	}
	return n, nil
}
