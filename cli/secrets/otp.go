package secrets

import (
	"context"
	"errors"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/clip"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/qrcode"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/otp"
)

type otpOptions struct {
	name string
	qr   bool
	copy bool

	watch bool
	show  frame.ShowFor
}

func OTPCommand(s *frame.Session) *cmdline.Command {
	var o otpOptions
	return &cmdline.Command{
		Name: "otp", Group: cmdline.GroupUse, Args: "NAME", Min: 1, Max: 1,
		Short: "print a one-time password",
		Long: `Prints the current code of the secret NAME. The secret is an otpauth:// URI, which
may be one of several lines, or bare base32. steam://, and a URI that names Steam,
give Steam's five characters. An unknown parameter of the URI, which could change
the code, is refused. A code of a counter (hotp) is used up: before tacit prints
it, it counts up in the URI and stores a new version of the secret. --qr prints
the URI as a QR code for an app, and uses up no code. --copy puts the code on the
clipboard and does not print it. --watch shows the code on a page of its own, with
the time that is left and the code after it, until a key or --show-for. With --json:
{"name","type","code"}, with "expires" or "counter".`,
		Example: `tacit set GITHUB_OTP --otp
tacit set GITHUB_OTP --qr-file screenshot.png
tacit otp GITHUB_OTP
tacit otp GITHUB_OTP -c
tacit otp GITHUB_OTP --watch --show-for 2m
tacit otp GITHUB_OTP --qr`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			clip.CopyFlag(&o.copy),
			&urfave.BoolFlag{Name: "qr", Usage: "print the secret as a QR code instead", Destination: &o.qr},
			&urfave.BoolFlag{Name: "watch", Usage: "show the code and what follows it on a page that is erased", Destination: &o.watch},
			o.show.Flag(),
		},
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runOTP(ctx, s, o)
		},
	}
}

// otpJSON is a code.
type otpJSON struct {
	Name    string   `json:"name"`
	Type    otp.Type `json:"type"`
	Code    string   `json:"code"`
	Expires string   `json:"expires,omitempty"` // totp: when the next code follows
	Counter *uint64  `json:"counter,omitempty"` // hotp: the one that was used up
}

func runOTP(ctx context.Context, s *frame.Session, o otpOptions) error {
	if o.qr && s.JSON {
		return failure.Usage("--qr is for people; --json has no picture").Hinted("{tacit get %s --json}", shell.Quote(o.name))
	}
	if o.copy && (o.qr || s.JSON) {
		return failure.Usage("--copy, --qr and --json: give one of them")
	}
	if o.watch && (o.copy || o.qr || s.JSON) {
		return failure.Usage("--watch, --copy, --qr and --json: give one of them")
	}
	if err := o.show.Check(); err != nil {
		return err
	}
	board, err := clip.ClipboardFor(ctx, s, o.copy)
	if err != nil {
		return err
	}
	key, err := otpKey(ctx, s, o.name)
	if err != nil {
		return err
	}
	defer key.Wipe()
	show := func(j otpJSON) error { return printCode(s, j) }
	if o.copy {
		show = func(j otpJSON) error { return clip.CopyResult(ctx, s, board, o.name, j.Code) }
	}
	switch {
	case o.watch && key.Type == otp.HOTP:
		return failure.Usage("--watch is for codes of the time; a code of a counter is used up when it is shown").Hinted("{tacit otp %s}", shell.Quote(o.name))
	case o.watch:
		return watchCode(ctx, s, key, o)
	case o.qr:
		return printQR(s, key, o.name)
	case key.Type == otp.HOTP:
		return nextCode(ctx, s, o.name, show)
	}
	code, until := key.At(s.Now())
	if err := show(otpJSON{Name: o.name, Type: key.Type, Code: code, Expires: frame.Stamp(until)}); err != nil {
		return err
	}
	s.Note("valid for %s", until.Sub(s.Now()).Round(time.Second))
	return nil
}

func printCode(s *frame.Session, j otpJSON) error {
	if s.JSON {
		return s.WriteJSON(j)
	}
	s.Results.WriteString(j.Code)
	s.Results.WriteByte('\n')
	return s.Flush()
}

func printQR(s *frame.Session, key otp.Key, name string) error {
	picture, err := qrcode.Draw([]byte(key.URI(name)))
	if err != nil {
		return err
	}
	s.Results.WriteString(picture)
	return s.Flush()
}

// otpKey reads a secret that codes are made of.
func otpKey(ctx context.Context, s *frame.Session, name string) (otp.Key, error) {
	s.First(frame.IsThere("read", name))
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return otp.Key{}, err
	}
	defer v.Close()
	secret, err := v.Read(ctx, name)
	if err != nil {
		return otp.Key{}, err
	}
	defer secret.Value.Wipe()
	return parseOTP(secret.Value, name)
}

// parseOTP reads a value that codes are made of.
func parseOTP(value vault.Value, name string) (otp.Key, error) {
	if value.Kind().String() != "text" {
		return otp.Key{}, failure.Fault(vault.InvalidValue, "%s: no secret for one-time passwords: it is no text", name)
	}
	key, err := otp.Parse(string(value.Reveal()))
	if err != nil {
		return otp.Key{}, failure.Fault(vault.InvalidValue, "%s: %v", name, err).
			Hinted("an otpauth:// URI, or the secret in base32 as the site shows it: {tacit set %s --otp}", name)
	}
	return key, nil
}

// mostTries is how often a counter is read again that somebody else, behind the
// agent, has used up meanwhile.
const mostTries = 10

// nextCode uses up a code of a counter. The counter goes on in the vault before
// the code is seen, so that none is given out twice.
func nextCode(ctx context.Context, s *frame.Session, name string, show func(otpJSON) error) error {
	var j otpJSON
	err := s.Writing(ctx, func(v frame.OpenVault) (err error) {
		for range mostTries {
			if j, err = useCounter(ctx, v, name); !errors.Is(err, vault.Conflict) {
				return err
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return show(j)
}

// useCounter makes one attempt: Conflict where somebody else was faster.
func useCounter(ctx context.Context, v frame.OpenVault, name string) (otpJSON, error) {
	secret, err := v.Read(ctx, name)
	if err != nil {
		return otpJSON{}, err
	}
	defer secret.Value.Wipe()
	key, err := parseOTP(secret.Value, name)
	if err != nil {
		return otpJSON{}, err
	}
	defer key.Wipe()
	next, err := otp.Next(string(secret.Value.Reveal()))
	if err != nil {
		return otpJSON{}, failure.Fault(vault.InvalidValue, "%s: %v", name, err)
	}
	value := vault.Text(next)
	defer value.Wipe()
	// What the secret lets in stays the same: a removed key could have read it.
	if _, err := v.Set(ctx, name, value, vault.IfVersion(secret.Version), vault.SameWorth()); err != nil {
		return otpJSON{}, err
	}
	return otpJSON{Name: name, Type: key.Type, Code: key.Code(key.Counter), Counter: &key.Counter}, nil
}
