package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A picture is what a terminal shows after some commands of the user's.
type picture struct {
	name, title string
	commands    []string
}

var pictures = []picture{
	{
		"secrets", "Names, versions and labels of secrets, without a key; what expires is marked. A name with a slip is answered with the one that exists.",
		[]string{
			"tacit ls @prod --columns name,version,expires,labels",
			`tacit run @prod -- sh -c 'echo "the child has ${#DB_PASSWORD} characters"'`,
			"tacit get DB_PASWORD @prod",
		},
	},
	{
		"environments", "Two environments compared: which secrets are the same, different, or only in one; then one environment by its owners.",
		[]string{
			"tacit diff @dev @prod",
			"tacit ls @prod --by owner --columns name,expires",
		},
	},
}

// A user has a home with two vaults, of one project.
type user struct{ home, project, tacit string }

// newUser makes the vaults. What a picture shows of a time is some days away from now,
// and half a day from where it would be shown as another number.
func newUser(home, tacit string) (u user, err error) {
	tacit, err = filepath.Abs(tacit)
	if err != nil {
		return u, err
	}
	u = user{home, filepath.Join(home, "billing"), tacit}
	if err := os.MkdirAll(u.project, 0o700); err != nil {
		return u, err
	}
	in := func(days int) string {
		return time.Now().Add(time.Duration(days)*24*time.Hour + 12*time.Hour).UTC().Format(time.RFC3339)
	}
	for _, step := range []struct {
		value string
		args  []string
	}{
		{"", []string{"init", "--here", "@dev", "--no-input"}},
		{"", []string{"init", "--here", "@prod", "--no-input"}},
		{"https://api.example/v2", []string{"set", "API_BASE", "@dev"}},
		{"dev", []string{"set", "DB_PASSWORD", "@dev"}},
		{"billing", []string{"set", "DB_USER", "@dev"}},
		{"dev", []string{"set", "SMTP_PASSWORD", "@dev"}},
		{"https://api.example/v2", []string{"set", "API_BASE", "@prod", "--label", "owner=web"}},
		{"first", []string{"set", "DB_PASSWORD", "@prod"}},
		{"correct-horse-battery-staple", []string{"set", "DB_PASSWORD", "@prod", "--expires", in(3), "--label", "owner=ops"}},
		{"billing", []string{"set", "DB_USER", "@prod", "--label", "owner=ops"}},
		{"key", []string{"set", "NEW_RELIC_KEY", "@prod", "--label", "owner=web"}},
		{"certificate", []string{"set", "TLS_CERT", "@prod", "--expires", in(-28), "--label", "owner=web"}},
	} {
		cmd := u.command(tacit, step.args...)
		cmd.Stdin = strings.NewReader(step.value)
		if out, err := cmd.CombinedOutput(); err != nil {
			return u, fmt.Errorf("tacit %s: %w\n%s", strings.Join(step.args, " "), err, out)
		}
	}
	return u, nil
}

// command is one of the user's, with nothing of who draws the pictures.
func (u user) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = u.project
	cmd.Env = []string{"HOME=" + u.home, "PATH=" + filepath.Dir(u.tacit) + ":/usr/bin:/bin", "TERM=xterm", "LANG=C.UTF-8"}
	return cmd
}

// session types commands, each after a prompt. That one fails is no fault: some are to.
func (u user) session(commands []string) (s screen, err error) {
	for i, command := range commands {
		if i > 0 {
			s.lines = append(s.lines, nil)
		}
		out, err := onTerminal(u.command("/bin/sh", "-c", command))
		if err != nil {
			return s, fmt.Errorf("%s: %w", command, err)
		}
		if err := s.write("$ \x1b[1m" + command + "\x1b[0m\r\n" + out); err != nil {
			return s, fmt.Errorf("%s: %w", command, err)
		}
	}
	return s, nil
}
