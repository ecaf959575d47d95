package run

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

func GithubEnvCommand(s *frame.Session) *cmdline.Command {
	var o runOptions
	return &cmdline.Command{
		Name: "github-env", Group: cmdline.GroupProtocols,
		Short: "give secrets to the later steps of a GitHub Actions job, masked",
		Long: `Prints ::add-mask:: for every secret, or for those that the flags choose, so that
the job's log shows *** instead. Then it appends them to the file $GITHUB_ENV, as
variables of the later steps. If standard output is not the job's log, nothing is
masked. Masks cover the value, each of its lines, and base64, from four bytes on.
For a single step, tacit run --mask is better: it leaves nothing behind.`,
		Example: `tacit github-env --only 'DEPLOY_*'
tacit github-env --map NODE_AUTH_TOKEN=NPM_TOKEN`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(append(o.Narrowing.Flags(), o.Prefixing.Flags("the variables' names")...),
			choice.OnlyFlag(&o.only),
			&urfave.StringSliceFlag{Name: "map", Usage: "give the secret NAME in a variable of another name: `VARIABLE=NAME`; may be repeated", Destination: &o.maps},
			&urfave.BoolFlag{Name: "allow-dangerous", Usage: "also pass on names such as PATH and GIT_SSH; best with --only NAME", Destination: &o.allowDangerous},
		),
		Run: func(ctx context.Context, _ []string) error {
			return runGithubEnv(ctx, s, o)
		},
	}
}

// runGithubEnv follows GitHub's "workflow commands": masking a value in a log,
// and setting an environment variable. Masks come first, and are written before
// a value is where a step could print it.
func runGithubEnv(ctx context.Context, s *frame.Session, o runOptions) error {
	path := s.Env("GITHUB_ENV")
	if path == "" {
		return failure.Usage("github-env: GITHUB_ENV does not name a file").Hinted("it is for GitHub Actions; elsewhere, {tacit run -- COMMAND}")
	}
	if err := o.check(); err != nil {
		return err
	}
	if err := frame.OutsideVaults(s, "github-env", path); err != nil {
		return err
	}
	list, err := variables(ctx, s, o)
	if err != nil {
		return err
	}
	var env bytes.Buffer
	for _, v := range list {
		if err := appendGithubEnv(&env, v, o.allowDangerous); err != nil {
			return err
		}
	}
	defer clear(env.Bytes())
	f, err := openToAppend(path)
	if err != nil {
		return failure.FileError("writing", path, err)
	}
	defer f.Close()
	for _, mask := range githubMasks(list) {
		fmt.Fprintf(s.Results, "::add-mask::%s\n", githubData().Replace(string(mask)))
	}
	if err := s.Results.Flush(); err != nil {
		return failure.OutputError(err)
	}
	if _, err := f.Write(env.Bytes()); err != nil {
		return failure.FileError("writing", path, err)
	}
	if err := f.Close(); err != nil {
		return failure.FileError("writing", path, err)
	}
	return nil
}

// openToAppend opens a file that is there, or the descriptor that its name stands
// for.
func openToAppend(path string) (*os.File, error) {
	if d, ok := system.NamedDescriptor(path); ok && d.Ours {
		return system.Inherited(d.N, path)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
}

// githubData is how a workflow command's text is escaped.
func githubData() *strings.Replacer {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
}

// appendGithubEnv writes a variable of any number of lines, between delimiters
// that nobody can know.
func appendGithubEnv(b *bytes.Buffer, v variable, allowDangerous bool) error {
	switch {
	case !allowDangerous && Dangerous(v.name):
		return failure.Fault(vault.InvalidName, "github-env %s: a variable of this name changes how programs run", v.name).
			Hinted("leave it out with --only GLOB, give it another name with --map, or --allow-dangerous; tacit help dangerous-names")
	case !utf8.Valid(v.bytes()) || bytes.IndexByte(v.bytes(), 0) >= 0:
		return failure.Fault(vault.InvalidValue, "github-env %s: its value is no text", v.name).Hinted("leave it out with --only GLOB")
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	delimiter := "tacit_" + hex.EncodeToString(random[:])
	fmt.Fprintf(b, "%s<<%s\n%s\n%s\n", v.name, delimiter, v.bytes(), delimiter)
	return nil
}

// githubMasks are the byte strings that a job's log is not to show, in order: its
// runner knows of no other form.
func githubMasks(list []variable) (masks [][]byte) {
	masks = maskedTexts(list)
	for _, v := range list {
		if len(v.bytes()) > 0 {
			masks = append(masks, []byte(base64.StdEncoding.EncodeToString(v.bytes())))
		}
	}
	slices.SortFunc(masks, bytes.Compare)
	return slices.CompactFunc(masks, bytes.Equal)
}
