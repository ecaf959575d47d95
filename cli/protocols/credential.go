package protocols

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// Other programs ask for credentials in protocols of their own, by what they
// are for: a host, a registry. Each is one JSON secret, under a name that begins
// with the protocol and what it is for, as far as a name can hold that, and ends
// with a hash of it, so that no two are the same.

// What a user's own configuration calls, from whatever folder: git's and docker's
// helpers, and those that AWS's and Kubernetes' files in the home folder name. They
// do not look for a vault in that folder: a token that was typed once would land in
// the vault of a project, which others hold keys to, and what somebody has put into
// that one would be sent to a host. The others (askpass, ansible-vault, github-env)
// are called by the project, or for one command that names the secret: they look.

// hereFlag lets a helper look for a vault in the folder that it is called in.
func hereFlag(here *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "here", Usage: "use the vault of the current folder, as other commands do", Destination: here}
}

// stayHere keeps to the vault that the user named, or the default one, unless here. An
// agent that TACIT_AGENT names has to be that vault's.
func stayHere(s *frame.Session, here bool) { s.Stays = !here }

// hereHint says that the folder has a vault which a helper does not use.
func hereHint(s *frame.Session, err error) error {
	code := vault.CodeOf(err)
	if !s.Stays || s.Named() != "" || code != vault.NotFound && code != vault.NoVault && code != vault.VaultMissing {
		return err
	}
	dir, found, lookErr := s.Discover()
	if !found || lookErr != nil {
		return err
	}
	f := *failure.Explain(err)
	f.Err = err
	return f.Hinted("this helper uses the vault of --vault, of $TACIT_VAULT, or the default one; with --here it uses %s", dir)
}

// CallNames are the names under which other programs call tacit without
// arguments of ours: by a link of that name.
var CallNames = [...]string{"git-credential-tacit", "docker-credential-tacit", "tacit-askpass", "tacit-client"}

// calledAs are the arguments that such a name stands for.
func calledAs(name string) []string {
	switch name {
	case "git-credential-tacit":
		return []string{"git-credential"}
	case "docker-credential-tacit":
		return []string{"docker-credential"}
	case "tacit-askpass":
		return []string{"askpass", "--"}
	case "tacit-client":
		return []string{"ansible-vault"}
	}
	return nil
}

// Args is the command line of a process whose own is argv, the name by which it
// was called included.
func Args(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	name := strings.TrimSuffix(filepath.Base(argv[0]), ".exe")
	return append(calledAs(name), argv[1:]...)
}

// maxCredential is the longest request that is read, in bytes.
const maxCredential = 256 << 10

// credentialPrefix is what the names of all credentials for what begin with.
func credentialPrefix(protocol, what string) string {
	const most = 70 // of the 100 that a name can have
	slug := strings.Map(func(r rune) rune {
		if r < 0x80 && vault.CheckName("", string(r)) == nil {
			return r
		}
		return '_'
	}, what)
	return protocol + "_" + slug[:min(len(slug), most)] + "_"
}

// credentialName is the name of the credential for what, which key tells from
// all others.
func credentialName(protocol, what, key string) string {
	sum := sha256.Sum256([]byte(protocol + "\x00" + key))
	return credentialPrefix(protocol, what) + hex.EncodeToString(sum[:6])
}

// credentialsOf reads the credentials whose names begin with a prefix into T,
// the one that was changed last first. What is none is passed over: a name can
// be anybody's.
func credentialsOf[T any](ctx context.Context, v frame.OpenVault, prefix string, want func(T) bool) (names []string, list []T, err error) {
	infos, err := v.List(ctx, vault.ListOptions{Prefix: prefix, Details: true})
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(infos, func(a, b vault.Info) int { return b.Updated.Compare(a.Updated) })
	for _, in := range infos {
		secret, err := v.Read(ctx, in.Name)
		if errors.Is(err, vault.NotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, nil, err
		}
		var c T
		err = json.Unmarshal(secret.Value.Reveal(), &c)
		secret.Value.Wipe()
		if err == nil && want(c) {
			names, list = append(names, in.Name), append(list, c)
		}
	}
	return names, list, nil
}

// storeCredential stores c, where it is not there already: programs store what
// they have just been given, each time.
func storeCredential(ctx context.Context, s *frame.Session, name string, c any) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	defer clear(b)
	value, err := vault.JSON(b)
	if err != nil {
		return failure.Fault(vault.InvalidValue, "%s: %v", name, err)
	}
	defer value.Wipe()
	return s.Writing(ctx, func(v frame.OpenVault) error {
		if now, err := v.Read(ctx, name); err == nil {
			same := now.Value.Kind() == value.Kind() && string(now.Value.Reveal()) == string(value.Reveal())
			now.Value.Wipe()
			if same {
				return nil
			}
		}
		_, err := v.Set(ctx, name, value)
		return err
	})
}

// eraseCredentials deletes the named; rollback has them back.
func eraseCredentials(ctx context.Context, s *frame.Session, find func(frame.OpenVault) ([]string, error)) error {
	err := s.Writing(ctx, func(v frame.OpenVault) error {
		names, err := find(v)
		if err != nil || len(names) == 0 {
			return err
		}
		changes := make([]vault.Change, len(names))
		for i, name := range names {
			changes[i] = vault.Change{Name: name, Delete: true}
		}
		_, err = v.Apply(ctx, changes, nil)
		return err
	})
	if errors.Is(err, errNoCredential) {
		return nil
	}
	return err
}

// errNoCredential ends a command that would have asked for the passphrase to find
// out that nothing is stored.
var errNoCredential = errors.New("nothing is stored for it")

// anyCredential checks that there is a name that a credential of this kind has.
func anyCredential(prefix string) frame.Check {
	return func(ctx context.Context, v frame.OpenVault) error {
		infos, err := v.List(ctx, vault.ListOptions{Prefix: prefix, Limit: 1})
		if err == nil && len(infos) == 0 {
			err = errNoCredential
		}
		return err
	}
}
