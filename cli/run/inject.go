package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"text/template"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type injectOptions struct {
	input  string
	output string
	delims string // as the line has it
	pair   delims
	maxAge time.Duration
}

func InjectCommand(s *frame.Session) *cmdline.Command {
	var o injectOptions
	return &cmdline.Command{
		Name: "inject", Group: cmdline.GroupUse, Max: 1, Envs: -1,
		Short: "fill secrets into a template",
		Long: `Reads a template, and writes it with the values in place of the references: {{
tacit://NAME }} is the value of NAME, exactly as it is. The rest is Go's
text/template, with the functions secret "NAME", json "NAME" (the value of a JSON
secret, whose members you can take), base64 and quote (a JSON string). A name must
be a string of its own in the template: a name that is put together from parts is
refused. --delims LEFT RIGHT is for templates of Helm, Jinja and others, which use
{{ }} themselves.

Only its owner can read the output. It appears when it is complete: where a name
is missing, or anything else goes wrong, nothing is written. The output is not
encrypted; run --files keeps values in memory. Of several environments, as in
inject @shared @prod, a later one wins.`,
		Example: `tacit inject -i app.yaml.tmpl -o app.yaml
echo 'url: "{{ (json "DB").host }}"' | tacit inject
tacit inject --delims '<<' '>>' -i chart/values.yaml.tmpl -o chart/values.yaml`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "input", Aliases: []string{"i"}, Usage: "the template's `FILE`; standard input if not given", Destination: &o.input},
			&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`; standard output if not given", Destination: &o.output},
			&urfave.StringFlag{Name: "delims", Usage: "use `LEFT` and the next argument instead of {{ and }}", Destination: &o.delims, Action: cmdline.Given("--delims")},
			frame.MaxAgeFlag(&o.maxAge),
		},
		TooMany: func() error {
			return failure.Usage("inject: one argument at most, the second of --delims").Hinted(delimsHint)
		},
		Run: func(ctx context.Context, args []string) (err error) {
			if o.pair, err = readDelims(o.delims, args); err != nil {
				return err
			}
			return runInject(ctx, s, o)
		},
	}
}

// Limits of a template and of what comes out of it, in bytes.
const (
	maxTemplate = 4 << 20
	maxInjected = 64 << 20
)

func runInject(ctx context.Context, s *frame.Session, o injectOptions) error {
	if err := frame.AcceptAge(s, o.maxAge); err != nil {
		return err
	}
	toFile := !system.StandardOutput(o.output)
	if toFile {
		if err := frame.OutsideVaults(s, "inject", o.output); err != nil {
			return err
		}
	}
	source, err := readTemplate(s, o.input)
	if err != nil {
		return err
	}
	in := newInjection(source, o.pair)
	t, err := in.parse()
	if err != nil {
		return err
	}
	if in.near > 0 {
		s.Warn("%s, line %d: what looks like a reference and is none; it is %s", orStandardInput(o.input), in.near, o.pair.written(" tacit://NAME "))
	}
	if in.vault, err = frame.OpenAll(ctx, s); err != nil {
		return err
	}
	filled, err := in.fill(ctx, t)
	if !in.leftBehind { // what is, still uses them
		defer in.vault.Close()
		defer in.wipe()
		defer clear(filled)
	}
	if err != nil {
		return err
	}
	if !toFile {
		if _, err := s.Results.Write(filled); err != nil {
			return failure.OutputError(err)
		}
		return s.Flush()
	}
	err = disk.WriteFile(ctx, o.output, disk.OwnerOnly, func(w io.Writer) error {
		_, err := w.Write(filled)
		return err
	})
	if err != nil {
		return err
	}
	frame.WarnUnignored(ctx, s, o.output)
	if s.JSON {
		return s.WriteJSON(struct {
			File    string `json:"file"`
			Secrets int    `json:"secrets"`
		}{o.output, len(in.values)})
	}
	s.Note("wrote %s, with %s in it, not encrypted", o.output, frame.Count(len(in.values), "secret"))
	return nil
}

func orStandardInput(path string) string {
	if path == "" || path == "-" {
		return "standard input"
	}
	return failure.Printable(path)
}

func readTemplate(s *frame.Session, path string) (string, error) {
	if s.Whole != nil && !frame.ReadableAgain(path) {
		return "", frame.NotLinked("a template that can be read once")
	}
	in, name := s.In, orStandardInput("")
	if path != "" && path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", failure.FileError("reading", path, err)
		}
		defer f.Close()
		in, name = f, path
	}
	b, err := io.ReadAll(io.LimitReader(in, maxTemplate+1))
	if err != nil {
		return "", failure.FileError("reading", name, err)
	}
	if len(b) > maxTemplate {
		return "", failure.Fault(vault.InvalidValue, "inject: the template is longer than %d bytes", maxTemplate)
	}
	return string(b), nil
}

// injection is one template being filled in.
type injection struct {
	meter
	source  string
	delims  delims
	near    int // the first line that has what is almost a reference; 0: none
	vault   frame.OpenVault
	spelled map[string]bool        // the strings that the template spells out
	values  map[string]vault.Value // those read so far
	texts   map[string]string      // the same, as strings
	trees   map[string]any         // of JSON secrets

	leftBehind bool // it is still being filled in, though nobody waits for it
}

func newInjection(source string, d delims) *injection {
	return &injection{source: source, delims: d, values: map[string]vault.Value{}, texts: map[string]string{}, trees: map[string]any{}}
}

// parse makes a template of the source. References become calls.
func (in *injection) parse() (*template.Template, error) {
	var bad error
	finder, written := newReferenceFinder(in.delims), in.delims.written
	text := finder.each(in.source, func(m []string) string {
		if vault.CheckName("inject", m[2]) != nil && bad == nil {
			bad = failure.Fault(vault.InvalidName, "inject: %s refers to what is no name of a secret", written(" tacit://"+failure.Printable(m[2])+" ")).
				Hinted("like %s", written(" tacit://API_KEY "))
		}
		return written(m[1] + `secret "` + m[2] + `"` + m[3])
	})
	if bad != nil {
		return nil, bad
	}
	in.near = finder.near
	if err := checkControls(text, in.delims); err != nil {
		return nil, err
	}
	functions := in.functions()
	functions["secret"], functions["json"] = in.secret, in.json
	t, err := template.New("template").Delims(in.delims.left, in.delims.right).Option("missingkey=error").Funcs(functions).Parse(text)
	if err == nil {
		in.spelled = literals(t)
		counters := template.FuncMap{countRound: in.round, countEnter: in.enter, countLeave: in.leave}
		addCounters(t.Funcs(counters), counters)
	}
	if err != nil {
		return nil, failure.Fault(vault.InvalidValue, "inject: %s", strings.TrimPrefix(err.Error(), "template: ")).
			Hinted("write %s; a literal %s is %s", written(" tacit://NAME "), in.delims.left, written(` "`+in.delims.left+`" `))
	}
	return t, nil
}

// errTooLong ends a template that does not end by itself.
var errTooLong = errors.New("too long")

// fill runs the template, until it ends, an interrupt comes or it has taken too
// long. What it returns is to be wiped.
func (in *injection) fill(ctx context.Context, t *template.Template) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, maxFilling)
	defer cancel()
	in.ctx = limited
	type filled struct {
		b   []byte
		err error
	}
	done, interrupted := terminal.OrInterrupted(limited, func() (filled, error) {
		b, err := in.execute(t)
		return filled{b: b, err: err}, nil
	})
	in.leftBehind = interrupted != nil
	switch {
	case ctx.Err() != nil:
		return done.b, ctx.Err()
	case limited.Err() != nil && (interrupted != nil || done.err != nil):
		return done.b, failure.Fault(vault.InvalidValue, "inject: the template takes longer than %v", maxFilling)
	}
	return done.b, done.err
}

func (in *injection) execute(t *template.Template) ([]byte, error) {
	out := &bounded{ctx: in.ctx}
	err := t.Execute(out, nil)
	var f *failure.Failure
	var e template.ExecError
	switch {
	case err == nil:
		return out.b.Bytes(), nil
	case errors.As(err, &f):
		return out.b.Bytes(), f
	case in.ctx.Err() != nil:
		return out.b.Bytes(), in.ctx.Err()
	case errors.Is(err, errTooLong):
		return out.b.Bytes(), failure.Fault(vault.InvalidValue, "inject: the template makes more than %d bytes", maxInjected)
	case vault.CodeOf(err) != vault.Internal:
		return out.b.Bytes(), err
	case errors.As(err, &e):
		// What went wrong, and never with what: the words may hold a value.
		where, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "template: "), ": executing")
		return out.b.Bytes(), failure.Fault(vault.InvalidValue, "inject: %s: it cannot be filled in there", where).
			Hinted("tacit help inject; does the JSON have that member?")
	}
	return out.b.Bytes(), err
}

// bounded is the output so far.
type bounded struct {
	ctx context.Context
	b   bytes.Buffer
}

func (w *bounded) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.b.Len()+len(p) > maxInjected {
		return 0, errTooLong
	}
	return w.b.Write(p)
}

// value reads a secret, once.
func (in *injection) value(name string) (vault.Value, error) {
	if v, ok := in.values[name]; ok {
		return v, nil
	}
	if !in.spelled[name] {
		// It was made out of something, and that may be a value.
		return vault.Value{}, failure.Fault(vault.InvalidName, "inject: a name that is not spelled out in the template, as a string of its own")
	}
	secret, err := in.vault.Read(in.ctx, name)
	if err != nil {
		return vault.Value{}, failure.During("inject", err)
	}
	in.values[name] = secret.Value
	return secret.Value, in.charge(len(secret.Value.Reveal()))
}

func (in *injection) secret(name string) (string, error) {
	v, err := in.value(name)
	if err != nil {
		return "", err
	}
	text, ok := in.texts[name]
	if !ok {
		if err := in.charge(len(v.Reveal())); err != nil {
			return "", err
		}
		text = string(v.Reveal())
		in.texts[name] = text
	}
	return text, nil
}

// json is the value of a JSON secret; numbers keep their digits.
func (in *injection) json(name string) (tree any, err error) {
	v, err := in.value(name)
	if err != nil {
		return nil, err
	}
	if tree, ok := in.trees[name]; ok {
		return tree, nil
	}
	d := json.NewDecoder(bytes.NewReader(v.Reveal()))
	d.UseNumber()
	if v.Kind().String() == "bytes" || d.Decode(&tree) != nil {
		return nil, failure.Fault(vault.InvalidValue, "inject %s: its value is no JSON", name).Hinted("{tacit history %s} tells its kind", name)
	}
	in.trees[name] = tree
	return tree, in.charge(sizeOf([]any{tree}))
}

func (in *injection) wipe() {
	for _, v := range in.values {
		v.Wipe()
	}
}
