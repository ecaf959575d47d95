package protocols

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

func DockerCredentialCommand(s *frame.Session) *cmdline.Command {
	here := false
	return &cmdline.Command{
		Name: "docker-credential", Group: cmdline.GroupProtocols, Args: "get|store|erase|list", Min: 1, Max: 1,
		Short: "keep docker's passwords",
		Long: `Speaks the protocol of docker's credential helpers on standard input and output.
docker looks for a program named docker-credential-tacit, and tacit acts as one
when it is called by that name: make a link, and name it in ~/.docker/config.json.
Each credential is a JSON secret whose name begins with DOCKER_. The vault is that
of --vault, of $TACIT_VAULT, or the default one. With --here it is the vault of
the folder in which docker runs.`,
		Example: `ln -s "$(command -v tacit)" ~/.local/bin/docker-credential-tacit
echo '{"credsStore":"tacit"}' > ~/.docker/config.json`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{hereFlag(&here)},
		Run: func(ctx context.Context, args []string) error {
			stayHere(s, here)
			return runDockerCredential(ctx, s, args[0])
		},
	}
}

// dockerCredential is a credential as docker's helpers exchange it.
type dockerCredential struct {
	ServerURL string
	Username  string
	Secret    string
}

// readDockerCredential reads what docker wants to be stored. Spaces around a
// server are dropped, as they are from a question about it; text that is not
// UTF-8 JSON would keep as something else.
func readDockerCredential(said []byte) (c dockerCredential, err error) {
	err = json.Unmarshal(said, &c)
	if c.ServerURL = strings.TrimSpace(c.ServerURL); err != nil || c.ServerURL == "" || !utf8.Valid(said) {
		return dockerCredential{}, failure.Usage("docker-credential: the input is no credential").Hinted("it is for docker: docker login")
	}
	return c, nil
}

// What docker takes for the absence of a credential, and nothing else.
const dockerNotFound = "credentials not found in native keychain"

const DockerPrefix = "DOCKER"

func runDockerCredential(ctx context.Context, s *frame.Session, op string) error {
	if op != "list" && op != "get" && op != "store" && op != "erase" {
		return failure.Usage("docker-credential takes get, store, erase or list, not %s", failure.Printable(op)).Hinted("it is for docker: docker login")
	}
	var said []byte
	if op != "list" {
		var err error
		if said, err = io.ReadAll(io.LimitReader(s.In, maxCredential)); err != nil {
			return err
		}
		defer clear(said)
	}
	server := strings.TrimSpace(string(said))
	switch op {
	case "store":
		c, err := readDockerCredential(said)
		if err != nil {
			return err
		}
		return storeCredential(ctx, s, credentialName(DockerPrefix, c.ServerURL, c.ServerURL), c)
	case "erase":
		s.First(anyCredential(credentialPrefix(DockerPrefix, server)))
		return eraseCredentials(ctx, s, func(v frame.OpenVault) ([]string, error) {
			names, _, err := dockerFind(ctx, v, server)
			return names, err
		})
	}
	if op != "list" {
		s.First(anyCredential(credentialPrefix(DockerPrefix, server)))
	}
	v, err := s.Open(ctx, frame.ToRead)
	if errors.Is(err, errNoCredential) {
		s.Results.WriteString(dockerNotFound + "\n")
		return failure.ExitStatus(failure.ExitOther)
	}
	if err != nil {
		return err
	}
	defer v.Close()
	if op == "list" {
		return dockerList(ctx, s, v)
	}
	_, list, err := dockerFind(ctx, v, server)
	switch {
	case err != nil:
		return err
	case len(list) == 0:
		s.Results.WriteString(dockerNotFound + "\n")
		return failure.ExitStatus(failure.ExitOther)
	}
	return s.WriteJSON(list[0])
}

// dockerFind is the credential of a server, as a list of one or none.
func dockerFind(ctx context.Context, v frame.OpenVault, server string) ([]string, []dockerCredential, error) {
	return credentialsOf(ctx, v, credentialPrefix(DockerPrefix, server), func(c dockerCredential) bool { return c.ServerURL == server })
}

// dockerList prints an object, server to user.
func dockerList(ctx context.Context, s *frame.Session, v frame.OpenVault) error {
	_, list, err := credentialsOf(ctx, v, DockerPrefix+"_", func(c dockerCredential) bool { return c.ServerURL != "" })
	if err != nil {
		return err
	}
	users := map[string]string{}
	for _, c := range list {
		if _, known := users[c.ServerURL]; !known {
			users[c.ServerURL] = c.Username
		}
	}
	return s.WriteJSON(users)
}
