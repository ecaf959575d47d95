package keys

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// readyFD is the number under which the agent finds the pipe on which it says
// that it is ready.
const readyFD = 3

// ready is what an agent says on that pipe.
type ready struct {
	Running bool `json:"running"` // another was there first
}

// startAgent starts the agent and waits until it serves. The agent unlocks the
// vault by itself, prompts included: no key is ever in this process.
func startAgent(ctx context.Context, s *frame.Session, o *agentOptions) error {
	if s.PassphraseFD == cmdline.NoFD || s.PassphraseFD == 0 {
		return startAgentWith(ctx, s, o, nil)
	}
	return startAgentWith(ctx, s, o, os.NewFile(uintptr(s.PassphraseFD), "passphrase"))
}

// startAgentWith is startAgent with the passphrase in a file of its own, which it
// closes; nil where the flags say what opens the vault.
func startAgentWith(ctx context.Context, s *frame.Session, o *agentOptions, phrase *os.File) error {
	if err := frame.NoAgentHere("unlock"); err != nil {
		return err
	}
	exe, err := s.Executable()
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	args, files := agentArgs(s, o), []*os.File{w}
	switch {
	case phrase != nil:
		args, files = append(args, "--passphrase-fd", strconv.Itoa(readyFD+1)), append(files, phrase)
	case s.PassphraseFD == 0:
		args = append(args, "--passphrase-fd", "0")
	}
	cmd := exec.Command(exe, args...) // it outlives ctx; a Ctrl-C reaches it by itself
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.In, s.Err, s.Err
	if in, ok := s.In.(*os.File); ok {
		cmd.Stdin = in
	}
	cmd.ExtraFiles = files
	cmd.Env = s.Environ()
	err = cmd.Start()
	for _, f := range files {
		f.Close()
	}
	if err != nil {
		return err
	}
	return awaitReady(ctx, cmd, r)
}

// awaitReady reads what the agent says, or how it ended.
func awaitReady(ctx context.Context, cmd *exec.Cmd, r io.Reader) error {
	said := make(chan error, 1)
	go func() {
		var got ready
		said <- json.NewDecoder(io.LimitReader(r, 1<<10)).Decode(&got)
	}()
	select {
	case err := <-said:
		if err == nil {
			return cmd.Process.Release()
		}
	case <-ctx.Done():
		_ = cmd.Process.Signal(os.Interrupt)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return failure.ExitStatus(exit.ExitCode()) // it has said why
	case err == nil:
		return nil
	}
	return failure.Fault("failed", "the agent ended before it was ready: %v", err).Hinted("{tacit agent run}, to see why")
}

// agentArgs is the command line of the agent: the flags of this one.
func agentArgs(s *frame.Session, o *agentOptions) []string {
	args := []string{"agent", "run", "--ready-fd", strconv.Itoa(readyFD), "--ttl", o.ttl.String(), "--idle", o.idle.String(), "--wait", s.Wait.String()}
	add := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	add("vault", s.Vault)
	add("passphrase-file", s.PassphraseFile)
	add("passphrase-command", s.PassphraseCommand)
	add("state", s.State)
	for _, env := range s.Envs.Value() {
		add("env", env)
	}
	for _, path := range s.Identities.Value() {
		add("identity", path)
	}
	for _, glob := range o.only.Value() {
		add("only", glob)
	}
	for _, path := range o.allowExec.Value() {
		add("allow-exec", path)
	}
	for name, on := range map[string]bool{"read-only": o.readOnly, "session": o.session, "json": s.JSON, "no-input": s.NoInput} {
		if on {
			args = append(args, "--"+name)
		}
	}
	return args
}
