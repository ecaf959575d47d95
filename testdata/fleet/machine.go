package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// build builds tacit as the README says to.
func build(dir string) (string, error) {
	bin := filepath.Join(dir, "tacit")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building tacit: %w\n%s", err, out)
	}
	return bin, nil
}

// A site is a folder where the members of a group exchange, and their machines.
type site struct {
	bin, dir string
	machines int
}

func (s *site) place() string { return filepath.Join(s.dir, "place") }

// A machine is one with a vault of its own.
type machine struct{ bin, home string }

func (s *site) machine() (*machine, error) {
	s.machines++
	m := &machine{s.bin, filepath.Join(s.dir, fmt.Sprint("home-", s.machines))}
	if err := os.MkdirAll(m.home, 0o700); err != nil {
		return nil, err
	}
	_, err := m.run("", "init", "--identity", filepath.Join(m.home, "id"))
	return m, err
}

// group makes an owner's vault with secrets, and a group of them.
func (s *site) group(secrets int) (*machine, error) {
	owner, err := s.machine()
	if err != nil {
		return nil, err
	}
	var lines strings.Builder
	for i := range secrets {
		fmt.Fprintf(&lines, "TEAM_%d=a value of some length, number %d\n", i, i)
	}
	if _, err := owner.run(lines.String(), "import", "dotenv"); err != nil {
		return nil, err
	}
	_, err = owner.run("", "group", "create", "fleet", "--only", "TEAM_*", "--at", s.place(), "--label", "owner", "--no-recovery", "--yes")
	return owner, err
}

// join has a new machine ask to become a member.
func (s *site) join(owner *machine, label, role string) (*machine, error) {
	code, err := owner.run("", "group", "invite", "fleet", "--role", role, "--label", label)
	if err != nil {
		return nil, err
	}
	m, err := s.machine()
	if err != nil {
		return nil, err
	}
	_, err = m.run(code, "join", "--label", label, "--no-input")
	return m, err
}

// settle has all sync, twice, the last one first.
func (s *site) settle(all ...*machine) error {
	for range 2 {
		for i := range all {
			if _, err := all[len(all)-1-i].run("", "sync"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *machine) run(stdin string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(m.bin, args...)
	cmd.Dir = m.home
	cmd.Env = []string{
		"HOME=" + m.home, "PATH=" + os.Getenv("PATH"),
		"TACIT_VAULT=" + filepath.Join(m.home, "vault"), "TACIT_IDENTITY=" + filepath.Join(m.home, "id"),
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("tacit %s: %w\n%s", strings.Join(args, " "), err, &errs)
	}
	return out.String(), nil
}

func (m *machine) timed(stdin string, args ...string) (time.Duration, error) {
	begun := time.Now()
	_, err := m.run(stdin, args...)
	return time.Since(begun), err
}
