package cli

import (
	"context"
	"encoding/json"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type getOptions struct {
	name string
	at   string
}

func getCommand(s *session) *command {
	var o getOptions
	return &command{
		name: "get", aliases: []string{"read"}, group: groupSecrets, args: "NAME", min: 1, max: 1,
		short: "print a secret",
		long: `Prints the value of NAME exactly as it was stored. On a terminal a newline is
added. A JSON value is printed as compact JSON. With --json the output is
{"name","version","kind","updated","value"}, with "expires" and "labels" where the
secret has them; bytes are {"$base64":"…"}.`,
		example: `tacit get API_KEY
tacit get TLS_KEY > server.key
tacit get API_KEY --at 3
tacit get CONFIG --json | jq .value`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.StringFlag{Name: "at", Usage: "print the older `VERSION` (tacit history lists them)", Destination: &o.at, Action: given("--at")},
		},
		run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runGet(ctx, s, o)
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

func runGet(ctx context.Context, s *session, o getOptions) error {
	var at uint64
	if o.at != "" {
		n, err := parseVersion(o.at)
		if err != nil {
			return err
		}
		at = n
	}
	if s.first(isThere("read", o.name)); at != 0 {
		s.checks = []check{hasVersion("read", o.name, at)}
	}
	v, err := s.open(ctx, values)
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
	if s.json {
		return s.writeJSON(secretJSON{
			secret.Name, secret.Version, secret.Kind, stamp(secret.Updated),
			stamp(secret.Expires), secret.Labels, secret.Value.JSONValue(),
		})
	}
	s.out.Write(secret.Value.Reveal())
	if isTerminal(s.Out) {
		s.out.WriteByte('\n')
	}
	return s.flush()
}

// parseVersion reads the number of a version, from 1.
func parseVersion(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, usage("a version is a number from 1, not %s", printable(text)).hinted("tacit history NAME")
	}
	return n, nil
}
