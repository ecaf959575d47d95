package secrets

import (
	"context"
	"slices"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type setOptions struct {
	frame.ValueOptions
	attributeOptions
	name      string
	keep      bool   // the value
	otp       bool   // the value is one that codes are made of
	qr        string // the picture that it is in
	new       bool
	ifVersion string
	update    bool // only an existing secret
	force     bool // a version of what is there already, too
}

func SetCommand(s *frame.Session) *cmdline.Command {
	var o setOptions
	return &cmdline.Command{
		Name: "set", Group: cmdline.GroupSecrets, Args: "NAME", Min: 1, Max: 1, TooMany: frame.NoValueHere("set"),
		Short: "store a secret; if it exists, as a new version",
		Long: `Stores a value under NAME. The value comes from standard input, from a hidden
prompt if that is a terminal, or from --file. It never comes from the command
line, where ps and the shell's history would show it.

One line of text from standard input loses its newline, LF or CRLF, and a byte
order mark before it. Several lines, and everything else, are kept byte for byte.
The prompt takes a paste as a whole, if the terminal marks it. --lines takes what
is typed up to ^D. An empty value needs --allow-empty.

The older version stays in the history (tacit history, tacit rollback). A new
version keeps the expiry and the labels of the one before, unless you say
otherwise. Storing the same value again makes no new version: set says
"unchanged", and with --json {"unchanged":true}.`,
		Example: `tacit set API_KEY
tacit set TLS_KEY --lines
tacit set API_KEY --expires 90d --label env=prod
pass show api | tacit set API_KEY
tacit set GITHUB_OTP --otp
tacit set GITHUB_OTP --qr-file screenshot.png
tacit set TLS_KEY --file server.key --new
jq .config app.json | tacit set CONFIG --as json`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(slices.Concat(o.ValueOptions.Flags(), o.attributeOptions.flags()),
			otpFlag(&o), qrFlag(&o), frame.ForceVersionFlag(&o.force),
			&urfave.BoolFlag{Name: "new", Usage: "refuse if the secret exists", Destination: &o.new},
			&urfave.StringFlag{Name: "if-version", Usage: "refuse unless version `N` is the current one; 0: the name was never used", Destination: &o.ifVersion, Action: cmdline.Given("--if-version")},
		),
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runSet(ctx, s, o)
		},
	}
}

func UpdateCommand(s *frame.Session) *cmdline.Command {
	o := setOptions{update: true}
	return &cmdline.Command{
		Name: "update", Group: cmdline.GroupSecrets, Args: "NAME", Min: 1, Max: 1, TooMany: frame.NoValueHere("update"),
		Short: "store a new value of a secret that exists",
		Long: `Stores a new value under NAME as set does, and fails if there is no such secret.
With --keep-value the value stays, and only expiry and labels change.`,
		Example: `tacit update API_KEY
tacit update API_KEY --keep-value --expires 90d --label owner=kim
tacit update TLS_KEY --file server.key`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(slices.Concat(o.ValueOptions.Flags(), o.attributeOptions.flags()),
			&urfave.StringFlag{Name: "if-version", Usage: "refuse unless version `N` is the current one", Destination: &o.ifVersion, Action: cmdline.Given("--if-version")},
			otpFlag(&o), qrFlag(&o), frame.ForceVersionFlag(&o.force),
			&urfave.BoolFlag{Name: "keep-value", Usage: "keep the value; change --expires and --label only", Destination: &o.keep},
		),
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runSet(ctx, s, o)
		},
	}
}

// sameness says what is to become of a value that is there already.
func (o setOptions) sameness() vault.SetOption {
	return func(c *vault.Change) { c.SkipSame = !o.force }
}

func otpFlag(o *setOptions) urfave.Flag {
	return &urfave.BoolFlag{Name: "otp", Usage: "refuse a value that tacit otp cannot make codes of", Destination: &o.otp}
}

func qrFlag(o *setOptions) urfave.Flag {
	return &urfave.StringFlag{Name: "qr-file", Usage: "the same, from the QR code in the picture `FILE` (PNG, JPEG), by zbarimg", Destination: &o.qr, Action: cmdline.Given("--qr-file")}
}

// condition is what --new, --if-version and update ask for.
func (o setOptions) condition() (vault.Condition, error) {
	switch {
	case o.new && o.ifVersion != "":
		return vault.Always, failure.Usage("--new and --if-version: give one of them")
	case o.new:
		return vault.Absent, nil
	case o.ifVersion != "":
		n, err := strconv.ParseUint(o.ifVersion, 10, 64)
		if err != nil {
			return vault.Always, failure.Usage("--if-version takes a number, not %s", failure.Printable(o.ifVersion)).Hinted("--if-version 3; {tacit history NAME} has the numbers")
		}
		return o.also(vault.AtVersion(n)), nil
	}
	return o.also(vault.Always), nil
}

// also adds what update asks for.
func (o setOptions) also(c vault.Condition) vault.Condition {
	if o.update {
		return c.AndPresent()
	}
	return c
}

func runSet(ctx context.Context, s *frame.Session, o setOptions) error {
	cond, err := o.condition()
	if err != nil {
		return err
	}
	if err := o.Check(); err != nil {
		return err
	}
	// The name first, and the value before the vault: whoever types or pipes it
	// slowly keeps nobody waiting.
	if err := vault.CheckName("set", o.name); err != nil {
		return err
	}
	m, err := o.marks(s.Now())
	if err != nil {
		return err
	}
	s.First(isMet("set", o.name, o, cond))
	if o.keep {
		return runMark(ctx, s, o, m, cond)
	}
	if valueIsTyped(s, o) {
		if err := s.LookFirst(ctx); err != nil {
			return err
		}
	}
	value, err := givenValue(ctx, s, o)
	if err != nil {
		return err
	}
	defer value.Wipe()
	if o.otp || o.qr != "" {
		key, err := parseOTP(value, o.name)
		if err != nil {
			return err
		}
		key.Wipe()
	}
	t, err := offerExpiry(ctx, s, &m, value, o.name)
	if err != nil {
		return err
	}
	info, err := setOne(ctx, s, o.name, value, cond, append(m.options(), o.sameness()))
	if err != nil {
		return err
	}
	hintExpiry(s, info, m, t)
	return tellStored(s, info, "stored")
}

// valueIsTyped tells whether somebody will be asked for the value.
func valueIsTyped(s *frame.Session, o setOptions) bool {
	return o.qr == "" && o.File == "" && terminal.IsTerminal(s.In) && s.Askable()
}

// givenValue reads the value from where the flags say.
func givenValue(ctx context.Context, s *frame.Session, o setOptions) (vault.Value, error) {
	switch {
	case o.qr == "":
		return frame.ReadValue(ctx, s, o.ValueOptions, o.name)
	case o.File != "" || o.Exact || o.As != "text":
		return vault.Value{}, failure.Usage("--qr-file says where the value is and what: it goes with neither --file, --exact nor --as")
	}
	return qrValue(ctx, s, o.qr, o.name)
}

// runMark changes expiry and labels, and leaves the value as it is.
func runMark(ctx context.Context, s *frame.Session, o setOptions, m marks, cond vault.Condition) error {
	switch {
	case o.File != "" || o.otp || o.qr != "":
		return failure.Usage("--keep-value leaves the value as it is: it goes with neither --file, --otp nor --qr-file")
	case m.none():
		return failure.Usage("--keep-value leaves the value as it is, and nothing else is to be changed").Hinted("{tacit update %s --keep-value --expires 90d --label KEY=VALUE}", o.name)
	}
	var info vault.Info
	err := s.Writing(ctx, func(v frame.OpenVault) error {
		if m.fromValue {
			secret, err := v.Read(ctx, o.name)
			if err != nil {
				return err
			}
			defer secret.Value.Wipe()
			if err := m.takeFrom(secret.Value, o.name); err != nil {
				return err
			}
			if cond == vault.Present {
				cond = vault.AtVersion(secret.Version).AndPresent()
			}
		}
		options := append(m.options(), vault.KeepValue(), o.sameness(), func(c *vault.Change) { c.If = cond })
		var err error
		info, err = v.Set(ctx, o.name, vault.Value{}, options...)
		return err
	})
	if err != nil {
		return err
	}
	hintExpiry(s, info, m, nil)
	return tellStored(s, info, "marked")
}

// setOne stores one value, and closes the vault.
func setOne(ctx context.Context, s *frame.Session, name string, value vault.Value, cond vault.Condition, options []vault.SetOption) (info vault.Info, err error) {
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		options := append(options, func(c *vault.Change) { c.If = cond })
		info, err = v.Set(ctx, name, value, options...)
		return err
	})
	return info, err
}

// storedJSON is the version that there is now, and whether it was there already.
type storedJSON struct {
	frame.InfoJSON
	Unchanged bool `json:"unchanged"`
}

// tellStored tells of one new version.
func tellStored(s *frame.Session, i vault.Info, did string) error {
	if s.JSON {
		return s.WriteJSON(storedJSON{frame.ToInfoJSON(i), i.Unchanged})
	}
	if i.Unchanged {
		did = frame.Unchanged
	}
	s.Did("%s %s, version %d%s", did, i.Name, i.Version, s.InVault())
	return nil
}

// isMet checks what --new, --if-version and update ask for.
func isMet(op, name string, o setOptions, cond vault.Condition) frame.Check {
	there := frame.IsThere(op, name)
	return func(ctx context.Context, v frame.OpenVault) error {
		if o.new {
			return frame.IsFree(op, name, "leave it as it is, or change it with {tacit update "+name+"}")(ctx, v)
		}
		if o.update {
			if err := there(ctx, v); err != nil {
				return err
			}
		}
		info, _, err := frame.EntryOf(ctx, v, name)
		if err == nil && o.ifVersion != "" && cond != o.also(vault.AtVersion(info.Version)) {
			err = failure.Fault(vault.Conflict, "%s %s: it is at version %d, not at %s: somebody changed it", op, name, info.Version, o.ifVersion).
				Hinted("read it again: {tacit get %s}", name)
		}
		return err
	}
}
