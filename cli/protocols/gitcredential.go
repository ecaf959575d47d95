package protocols

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

func GitCredentialCommand(s *frame.Session) *cmdline.Command {
	here := false
	return &cmdline.Command{
		Name: "git-credential", Group: cmdline.GroupProtocols, Args: "get|store|erase", Min: 1, Max: 1,
		Short: "keep git's passwords",
		Long: `Speaks git's credential protocol on standard input and output. Each credential is
a JSON secret of its own, whose name begins with GIT_. tacit rollback brings back
what git erases. The vault is that of --vault, of $TACIT_VAULT, or the default
one. With --here it is the vault of the folder in which git runs. An unknown
operation does nothing, as git asks of its helpers.`,
		Example: `git config --global credential.helper '!tacit git-credential'
git config credential.helper '!tacit git-credential --here'`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{hereFlag(&here)},
		Run: func(ctx context.Context, args []string) error {
			stayHere(s, here)
			return runGitCredential(ctx, s, args[0])
		},
	}
}

// gitCredential is a credential as git describes it, and as it is kept. See
// gitcredentials(7), "Input/output format".
type gitCredential struct {
	Protocol string `json:"protocol"`
	Host     string `json:"host"`
	Path     string `json:"path,omitempty"`
	Username string `json:"username"`
	Password string `json:"password"`
	Expiry   string `json:"password_expiry_utc,omitempty"`
	Refresh  string `json:"oauth_refresh_token,omitempty"`

	// Since git 2.46: a credential that is no password, for callers that say that
	// they know of such.
	AuthType   string `json:"authtype,omitempty"`
	Credential string `json:"credential,omitempty"`

	// NoUser tells that no user name was given, which is not an empty one: that is
	// how the passphrase of a client's certificate comes.
	NoUser bool `json:"no_username,omitempty"`

	// EmptyPassword tells that the password was given, and is empty: with an empty
	// user name that is how git is told to take what the system signs on with.
	EmptyPassword bool `json:"empty_password,omitempty"`

	ephemeral     bool // not to be kept
	knowsAuthType bool // the caller announced it
}

func (c *gitCredential) field(key string) *string {
	switch key {
	case "protocol":
		return &c.Protocol
	case "host":
		return &c.Host
	case "path":
		return &c.Path
	case "username":
		return &c.Username
	case "password":
		return &c.Password
	case "password_expiry_utc":
		return &c.Expiry
	case "oauth_refresh_token":
		return &c.Refresh
	case "authtype":
		return &c.AuthType
	case "credential":
		return &c.Credential
	}
	return nil // what a newer git has to say
}

// readGitCredential reads key=value lines up to an empty one, or the end. Lines
// end with LF alone: git's do, and a helper that takes CR for an end as well can
// be led to another host's credential by a CR in an address (CVE-2024-52006).
func readGitCredential(r io.Reader) (c gitCredential, err error) {
	// One byte more than there may be: cut off, a password would be another.
	limited := &io.LimitedReader{R: r, N: maxCredential + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxCredential+1)
	lines.Split(splitLF)
	c.NoUser = true
	for lines.Scan() && lines.Text() != "" {
		key, value, ok := strings.Cut(lines.Text(), "=")
		if !ok || strings.IndexByte(lines.Text(), 0) >= 0 {
			return c, failure.Usage("git-credential: a line that is no key=value").Hinted("it is for git: git credential fill")
		}
		f := c.field(key)
		if f == nil {
			c.flag(key, value)
			continue
		}
		c.NoUser = c.NoUser && key != "username"
		if key == "password" {
			c.EmptyPassword = value == ""
		}
		if *f = value; unsafeField(value) {
			return c, failure.Usage("git-credential: %s has a carriage return in it, which no %s has", key, key).
				Hinted("lines end with LF alone; git credential fill")
		}
	}
	if err := lines.Err(); err != nil {
		return c, failure.Usage("git-credential: %v", err)
	}
	if limited.N == 0 {
		return c, failure.Usage("git-credential: more than %d bytes", maxCredential)
	}
	if c.Protocol == "" || c.Host == "" && c.Path == "" {
		return c, failure.Usage("git-credential: no protocol, or no host").Hinted("it is for git: git credential fill")
	}
	return c, nil
}

// hasPassword tells whether there is one, be it empty.
func (c gitCredential) hasPassword() bool { return c.Password != "" || c.EmptyPassword }

// flag takes what is said besides the credential itself.
func (c *gitCredential) flag(key, value string) {
	switch {
	case key == "ephemeral":
		c.ephemeral = value != "" && value != "0" && value != "false" && value != "no" && value != "off"
	case key == "capability[]" && value == "authtype":
		c.knowsAuthType = true
	}
}

// splitLF is bufio.ScanLines that leaves a CR before the LF in its line.
func splitLF(b []byte, end bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1, b[:i], nil
	}
	if end && len(b) > 0 {
		return len(b), b, nil
	}
	return 0, nil, nil
}

// unsafeField tells whether git would read a field as another than it is, or as
// several. A CR at the end of a password, git would take away.
func unsafeField(value string) bool { return strings.ContainsAny(value, "\r\n\x00") }

// kept refuses what JSON would keep as something else.
func (c gitCredential) kept() error {
	for _, field := range []string{c.Protocol, c.Host, c.Path, c.Username, c.Password, c.Expiry, c.Refresh, c.AuthType, c.Credential} {
		if !utf8.ValidString(field) {
			return failure.Fault(vault.InvalidValue, "git-credential: the input is not UTF-8, and would be changed").
				Hinted("{tacit set NAME --as bytes} keeps any bytes")
		}
	}
	return nil
}

// place is what a credential is for, in a name.
func (c gitCredential) place() string { return c.Protocol + "_" + c.Host }

// key tells it from all others.
func (c gitCredential) key() string {
	parts := []string{c.Protocol, c.Host, c.Path, c.Username}
	if c.NoUser {
		parts = append(parts, "no user")
	}
	return strings.Join(parts, "\x00")
}

// answers tells whether c is one that was asked for: the same in all that the
// question names.
func (c gitCredential) answers(q gitCredential) bool {
	for _, field := range []string{c.Protocol, c.Host, c.Path, c.Username, c.Password, c.AuthType, c.Credential} {
		if unsafeField(field) {
			return false // it came by another way than git
		}
	}
	return c.Protocol == q.Protocol && c.Host == q.Host && (q.Path == "" || c.Path == q.Path) &&
		(q.NoUser || !c.NoUser && c.Username == q.Username) && (!q.hasPassword() || c.Password == q.Password) &&
		(q.Credential == "" || c.Credential == q.Credential)
}

const GitPrefix = "GIT"

func runGitCredential(ctx context.Context, s *frame.Session, op string) error {
	if op != "get" && op != "store" && op != "erase" {
		return nil
	}
	q, err := readGitCredential(s.In)
	if err != nil {
		return err
	}
	switch op {
	case "store":
		isPassword, isCredential := !q.NoUser && q.hasPassword(), q.AuthType != "" && q.Credential != ""
		if q.ephemeral || !isPassword && !isCredential {
			return nil
		}
		if err := q.kept(); err != nil {
			return err
		}
		return storeCredential(ctx, s, credentialName(GitPrefix, q.place(), q.key()), q)
	case "erase":
		s.First(anyCredential(credentialPrefix(GitPrefix, q.place())))
		return eraseCredentials(ctx, s, func(v frame.OpenVault) ([]string, error) {
			names, _, err := q.find(ctx, v)
			return names, err
		})
	}
	s.First(anyCredential(credentialPrefix(GitPrefix, q.place())))
	v, err := s.Open(ctx, frame.ToRead)
	if errors.Is(err, errNoCredential) {
		return nil
	}
	if err != nil {
		return err
	}
	defer v.Close()
	q.Password, q.EmptyPassword, q.Credential = "", false, ""
	_, list, err := q.find(ctx, v)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.hasPassword() || q.knowsAuthType {
			c.print(s, q.knowsAuthType)
			break
		}
	}
	return nil // where there is none, git asks its next helper, or the user
}

// find are the credentials that answer the question, the newest first.
func (c gitCredential) find(ctx context.Context, v frame.OpenVault) ([]string, []gitCredential, error) {
	return credentialsOf(ctx, v, credentialPrefix(GitPrefix, c.place()), func(one gitCredential) bool { return one.answers(c) })
}

func (c gitCredential) print(s *frame.Session, authType bool) {
	keys := []string{"username", "password", "password_expiry_utc", "oauth_refresh_token"}
	if authType && c.Credential != "" {
		fmt.Fprintln(s.Results, "capability[]=authtype")
		keys = append([]string{"authtype", "credential"}, keys...)
	}
	for _, key := range keys {
		value := *c.field(key)
		isSet := value != "" || key == "username" && !c.NoUser || key == "password" && c.EmptyPassword
		if isSet && !unsafeField(value) {
			fmt.Fprintf(s.Results, "%s=%s\n", key, value)
		}
	}
}
