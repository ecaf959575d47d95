//go:build linux || darwin || freebsd

package liveperson

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/transfer"
	"github.com/tacit-vault/tacit/cli/upkeep"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

func TestNodeOptions(t *testing.T) {
	for _, c := range [][3]string{
		{"/run/p.cjs", "", `--require "/run/p.cjs"`},
		{"/run/p.cjs", `--require "a b.js" --inspect`, `--require "/run/p.cjs" --require "a b.js" --inspect`},
		{`/a "b"\c.cjs`, "-r x", `--require "/a \"b\"\\c.cjs" -r x`},
	} {
		if got := nodeOptions(c[0], c[1]); got != c[2] {
			t.Errorf("%s and %s: %s", c[0], c[1], got)
		}
	}
}

// TestRealSettings: the path is the one that a process has which was started
// behind a link, whatever of it is there.
func TestRealSettings(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "real"), 0o700), os.Symlink("real", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"settings.json", "functions/settings.json", "a/b/settings.json"} {
		got, err := realSettings(filepath.Join(dir, "link", rest))
		if want := filepath.Join(dir, "real", rest); err != nil || got != want {
			t.Errorf("%s is %s, %v", rest, got, err)
		}
	}
}

// FuzzReadAsk: whatever comes over the socket is a frame or an error, and no more
// is taken than is there.
func FuzzReadAsk(f *testing.F) {
	seeds := []string{
		`{"op":"read","turn":true,"bytes":0}` + "\n", `{"op":"write","seen":1,"bytes":3}` + "\nabc", `{"op":"done"}` + "\n{",
		"\n", "", `{"bytes":-1}` + "\n", `{"bytes":99999999999}` + "\n", `{"bytes":60000000}` + "\nx", strings.Repeat("x", maxFrameHead+1) + "\n",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReaderSize(bytes.NewReader(in), maxFrameHead)
		for {
			a, body, err := readAsk(r)
			if err == io.EOF {
				return
			}
			if err != nil {
				if !errors.Is(err, errFrame) || cap(body) > 4*len(in)+1024 {
					t.Fatalf("%v, %d bytes", err, cap(body))
				}
				return
			}
			if len(body) != a.Bytes {
				t.Fatalf("%d bytes of %d", len(body), a.Bytes)
			}
		}
	})
}

// A node is what a process of Node's does, over the socket.
type node struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func (n *node) ask(a ask, body string) (answerHead, string) {
	n.t.Helper()
	a.Bytes = len(body)
	head, _ := json.Marshal(a)
	if _, err := n.c.Write(append(append(head, '\n'), body...)); err != nil {
		n.t.Fatal(err)
	}
	line, err := n.r.ReadBytes('\n')
	if err != nil {
		n.t.Fatal(err)
	}
	var got answerHead
	if err := json.Unmarshal(line, &got); err != nil {
		n.t.Fatal(err)
	}
	text, err := io.ReadAll(io.LimitReader(n.r, int64(got.Bytes)))
	if err != nil {
		n.t.Fatal(err)
	}
	return got, string(text)
}

// serving is a vault with secrets, served; connect is for one more process.
type serving struct {
	session *frame.Session
	errOut  bytes.Buffer
	server  *settingsServer
	connect func() *node
}

func serve(t *testing.T, secrets string, o func(*settingsServer)) *serving {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{"HOME": dir, "TACIT_VAULT": filepath.Join(dir, "vault"), "XDG_RUNTIME_DIR": filepath.Join(dir, "run")}
	sv := &serving{}
	app := frame.New()
	app.Commands = func(s *frame.Session) []*cmdline.Command {
		return []*cmdline.Command{upkeep.InitCommand(s), transfer.ImportCommand(s)}
	}
	app.Env = func(name string) string { return env[name] }
	app.Out, app.Err, app.ScryptLogN = io.Discard, &sv.errOut, 4
	app.TTY = func() (*terminal.TTY, error) { return nil, errors.New("no terminal") }
	state := filepath.Join(dir, "state")
	key := filepath.Join(dir, "id.txt")
	app.In = strings.NewReader(secrets)
	for _, args := range [][]string{{"init", "--identity", key}, {"import", "json", "--identity", key}} {
		if code := app.Run(t.Context(), append(args, "--state", state)); code != 0 {
			t.Fatalf("%s: exit %d: %s", args, code, &sv.errOut)
		}
	}
	sv.errOut.Reset()
	sv.session = &frame.Session{App: app, Globals: cmdline.Globals{PassphraseFD: cmdline.NoFD, Wait: time.Hour, State: state}, Results: bufio.NewWriter(io.Discard)}
	if err := sv.session.Identities.Set(key); err != nil {
		t.Fatal(err)
	}
	k := &keeper{s: sv.session}
	if err := k.begin(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	sv.server = &settingsServer{s: sv.session, keeper: k, file: filepath.Join(dir, "settings.json"), turns: newTurns(k)}
	if o != nil {
		o(sv.server)
	}
	socket := filepath.Join(dir, "s", "socket")
	l, err := sockets.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	stop := sv.server.serve(l)
	t.Cleanup(func() { stop(); k.close() })
	sv.connect = func() *node {
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return &node{t, c, bufio.NewReader(c)}
	}
	return sv
}

const twoSecrets = `{"A":"old","DIGITS":12345678901234567890}`

// inNode is what a program in JavaScript makes of a file that it read.
func inNode(text string) string {
	return strings.ReplaceAll(text, "12345678901234567890", "12345678901234567000")
}

// TestSettingsServer: two processes change the file at the same time, and what
// neither of them meant is neither changed nor lost.
func TestSettingsServer(t *testing.T) {
	sv := serve(t, twoSecrets, nil)
	one, two := sv.connect(), sv.connect()
	first, text := one.ask(ask{Op: "read"}, "")
	_, same := two.ask(ask{Op: "read"}, "")
	if text != same || !strings.Contains(text, `"value": "old"`) || !strings.Contains(text, "12345678901234567890") {
		t.Fatalf("%s, %s", text, same)
	}
	write := func(n *node, seen uint64, text string) *answerError {
		got, _ := n.ask(ask{Op: "write", Seen: seen}, text)
		return got.Error
	}
	number := strings.Replace(text, "12345678901234567890", "7", 1)
	if e := write(one, first.Seen, inNode(strings.Replace(text, `"old"`, `"one"`, 1))); e != nil {
		t.Fatal(e)
	}
	// The other one has read before that, and changes something else.
	if e := write(two, 1, number); e != nil {
		t.Fatal(e)
	}
	_, text = one.ask(ask{Op: "read"}, "")
	if !strings.Contains(text, `"value": "one"`) || !strings.Contains(text, `"value": 7`) {
		t.Errorf("now it is %s", text)
	}
	// What somebody has changed meanwhile is not written over.
	if e := write(two, 1, strings.Replace(number, `"old"`, `"two"`, 1)); e == nil || e.Errno != "EBUSY" {
		t.Error(e)
	}
	if e := write(two, 7, number); e == nil || e.Errno != "EBUSY" {
		t.Error(e)
	}
	// One that has read nothing writes over what is there, and no more than it means.
	if e := write(sv.connect(), 0, strings.Replace(text, `"one"`, `"blind"`, 1)); e != nil {
		t.Error(e)
	}
	for _, bad := range []string{"", "{", `{"secrets":[]}`, strings.Replace(text, `"A"`, `"NEW"`, 1)} {
		if e := write(one, 2, bad); e == nil || e.Errno != "EINVAL" {
			t.Errorf("%q: %v", bad, e)
		}
	}
	if got, _ := one.ask(ask{Op: "eat"}, ""); got.Error == nil {
		t.Error("it does what it does not know")
	}
	_, text = one.ask(ask{Op: "read"}, "")
	if !strings.Contains(text, `"blind"`) {
		t.Errorf("at last it is %s", text)
	}
	if said := sv.errOut.String(); strings.Contains(said, "two") || !strings.Contains(said, "somebody changed it") {
		t.Errorf("it said %s", said)
	}
}

// TestStaleRead: a program that has read twice, and writes what it made of the
// first reading, does not undo what somebody else has done in between.
func TestStaleRead(t *testing.T) {
	sv := serve(t, twoSecrets, nil)
	one, two := sv.connect(), sv.connect()
	_, first := one.ask(ask{Op: "read"}, "")
	seen, text := two.ask(ask{Op: "read"}, "")
	if got, _ := two.ask(ask{Op: "write", Seen: seen.Seen}, strings.Replace(text, `"old"`, `"two"`, 1)); got.Error != nil {
		t.Fatal(got.Error)
	}
	seen, _ = one.ask(ask{Op: "read"}, "")
	based := strings.Replace(first, "12345678901234567890", "1", 1)
	if got, _ := one.ask(ask{Op: "write", Seen: seen.Seen}, based); got.Error == nil || got.Error.Errno != "EBUSY" {
		t.Fatal(got.Error)
	}
	if _, text := two.ask(ask{Op: "read"}, ""); !strings.Contains(text, `"two"`) || !strings.Contains(text, "12345678901234567890") {
		t.Errorf("it is %s", text)
	}
	// Who insists may, and so may who has read it just now.
	if got, _ := one.ask(ask{Op: "write", Seen: seen.Seen}, based); got.Error != nil {
		t.Error(got.Error)
	}
	seen, text = two.ask(ask{Op: "read", Turn: true}, "")
	if got, _ := two.ask(ask{Op: "write", Seen: seen.Seen}, strings.Replace(text, `"old"`, `"two"`, 1)); got.Error != nil {
		t.Error(got.Error)
	}
}

// TestTurns: who reads and writes at once is not disturbed, and who hangs up in
// its turn, or says that it is over, lets the next one go on.
func TestTurns(t *testing.T) {
	sv := serve(t, twoSecrets, func(v *settingsServer) { v.turns.most, v.turns.wait = time.Hour, time.Hour })
	read := ask{Op: "read", Turn: true}
	one, two := sv.connect(), sv.connect()
	got, text := one.ask(read, "")
	done := make(chan *answerError)
	go func() {
		seen, text := two.ask(read, "")
		answer, _ := two.ask(ask{Op: "write", Seen: seen.Seen}, strings.Replace(text, `"one"`, `"two"`, 1))
		done <- answer.Error
	}()
	if got, _ := one.ask(ask{Op: "write", Seen: got.Seen}, strings.Replace(text, `"old"`, `"one"`, 1)); got.Error != nil {
		t.Fatal(got.Error)
	}
	if e := <-done; e != nil {
		t.Fatal(e)
	}
	one.ask(read, "")
	if _, err := io.WriteString(one.c, `{"op":"done"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	two.ask(read, "")
	two.c.Close()
	if _, text := sv.connect().ask(read, ""); !strings.Contains(text, `"two"`) {
		t.Errorf("it is %s", text)
	}
}

// TestSettingsScope: only what the globs name is there, and nothing is written
// where that was asked for.
func TestSettingsScope(t *testing.T) {
	sv := serve(t, twoSecrets, func(v *settingsServer) {
		v.grant.Only = []string{"DIG*"}
		v.keeper.readOnly = true
	})
	n := sv.connect()
	got, text := n.ask(ask{Op: "read"}, "")
	if strings.Contains(text, "old") || !strings.Contains(text, "DIGITS") {
		t.Errorf("it is %s", text)
	}
	if got, _ := n.ask(ask{Op: "write", Seen: got.Seen}, text); got.Error == nil || got.Error.Errno != "EROFS" {
		t.Error(got.Error)
	}
}

// TestKeeperLetsGo: between two uses others have the vault, and what they change
// is seen.
func TestKeeperLetsGo(t *testing.T) {
	sv := serve(t, twoSecrets, nil)
	n := sv.connect()
	n.ask(ask{Op: "read"}, "")
	s := *sv.session
	err := s.Writing(t.Context(), func(v frame.OpenVault) error {
		_, err := v.Set(t.Context(), "A", vault.Text("theirs"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, text := n.ask(ask{Op: "read"}, ""); !strings.Contains(text, "theirs") {
		t.Errorf("it is %s", text)
	}
	if err := os.RemoveAll(sv.session.Env("TACIT_VAULT")); err != nil {
		t.Fatal(err)
	}
	sv.server.keeper.rest()
	if got, _ := n.ask(ask{Op: "read"}, ""); got.Error == nil {
		t.Error("it reads from a vault that is gone")
	}
}
