package cli

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// foreignTool skips where a program is not there; in CI that is a failure.
func foreignTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("TACIT_TEST_FOREIGN") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// A person has a home and a tacit of their own. Root may do everything, so that
// root's tests of permissions are those of an ordinary user.
type person struct {
	t    *testing.T
	home string
	uid  int
}

// nobodyID is the user nobody, who is somebody else.
const nobodyID = 65534

func newPerson(t *testing.T) person {
	t.Helper()
	p := person{t, t.TempDir(), os.Getuid()}
	self, err := os.Executable()
	if err == nil {
		// By another process: what this one has open for writing, a child that another test
		// starts meanwhile has too, and then it cannot be executed.
		err = exec.Command("cp", self, filepath.Join(p.home, "tacit")).Run()
	}
	if err == nil {
		err = os.CopyFS(filepath.Join(p.home, "node"), os.DirFS(filepath.Join("..", "vault", "node")))
	}
	if err == nil && p.uid == 0 {
		p.uid = 4242
		if err := os.Chmod(filepath.Dir(p.home), 0o755); err != nil { // testing keeps it to itself
			t.Fatal(err)
		}
		err = filepath.WalkDir(p.home, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				err = os.Lchown(path, p.uid, p.uid)
			}
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// as is a command that somebody runs, with the person's environment.
func (p person) as(uid int, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	if path := filepath.Join(p.home, name); name == "tacit" {
		cmd = exec.Command(path, args...)
	}
	cmd.Dir = p.home
	cmd.Env = []string{
		"HOME=" + p.home, "PATH=" + p.home + ":" + os.Getenv("PATH"), "TACIT_VAULT=" + filepath.Join(p.home, "vault"),
		"TACIT_IDENTITY=" + filepath.Join(p.home, "id.txt"),
	}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	return cmd
}

func (p person) cmd(name string, args ...string) *exec.Cmd { return p.as(p.uid, name, args...) }

func (p person) run(name string, args ...string) string {
	p.t.Helper()
	return mustRun(p.t, p.cmd(name, args...))
}

// canary is a text that is nowhere else.
func canary() string { return "canary" + rand.Text() }

func (p person) set(name, value string) {
	p.t.Helper()
	cmd := p.cmd("tacit", "set", name)
	cmd.Stdin = strings.NewReader(value)
	mustRun(p.t, cmd)
}

// unlock starts an agent with room for a core dump, and returns its process and
// its socket.
func (p person) unlock(flags ...string) (pid int, socket string) {
	p.t.Helper()
	args := append([]string{"-c", `ulimit -c unlimited; exec tacit unlock "$@"`, "sh", "--ttl", "30m", "--no-input"}, flags...)
	p.run("sh", args...)
	var st struct {
		PID    int
		Socket string
	}
	if err := json.Unmarshal([]byte(p.run("tacit", "agent", "status", "--json")), &st); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { syscall.Kill(st.PID, syscall.SIGKILL) })
	return st.PID, st.Socket
}

// curl asks the agent something, and returns the status and the body.
func (p person) curl(uid int, socket, method, target, body string) (status int, answer string) {
	p.t.Helper()
	cmd := p.as(uid, "curl", "-sS", "--unix-socket", socket, "-w", "\n%{http_code}", "-X", method, "http://tacit"+target)
	if body != "" {
		cmd.Args = append(cmd.Args, "--data-binary", "@-", "-H", "Content-Type: application/json")
		cmd.Stdin = strings.NewReader(body)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, string(out)
	}
	i := bytes.LastIndexByte(out, '\n')
	status, err = strconv.Atoi(string(out[i+1:]))
	if err != nil {
		p.t.Fatalf("%q", out)
	}
	return status, string(out[:i])
}

// TestAgentByCurl reads and updates through the agent with a program that knows
// nothing of tacit, and has another user's be refused.
func TestAgentByCurl(t *testing.T) {
	t.Parallel()
	foreignTool(t, "curl")
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "first")
	_, socket := p.unlock()
	if status, body := p.curl(p.uid, socket, "GET", "/v1/secrets/A", ""); status != 200 || !strings.Contains(body, `"value":"first"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := p.curl(p.uid, socket, "PATCH", "/v1/secrets/A", `{"key":"A","value":"second"}`); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if got := p.run("tacit", "get", "A"); got != "second" {
		t.Errorf("%q", got)
	}
	if status, body := p.curl(p.uid, socket, "GET", "/v1/secrets/NONE", ""); status != 404 || !strings.Contains(body, `"code":"not_found"`) {
		t.Errorf("%d %s", status, body)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	if status, body := p.curl(nobodyID, socket, "GET", "/v1/secrets/A", ""); status != 0 || !strings.Contains(body, "connect") {
		t.Errorf("nobody comes to the socket: %d %s", status, body)
	}
	// Even where the folder and the socket let them in, the agent does not.
	mode := os.FileMode(0o666)
	for path := socket; path != p.home; path = filepath.Dir(path) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		mode = 0o755
	}
	for _, uid := range []int{nobodyID, 0} {
		status, body := p.curl(uid, socket, "GET", "/v1/secrets/A", "")
		if status != 403 || !strings.Contains(body, `"code":"denied"`) || strings.Contains(body, "second") {
			t.Errorf("user %d: %d %s", uid, status, body)
		}
	}
}

// TestAgentByNode reads and updates with the Node client.
func TestAgentByNode(t *testing.T) {
	t.Parallel()
	foreignTool(t, "node")
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "first")
	p.set("N", "n")
	for name, script := range map[string]string{
		"test.cjs": "const { SecretClient, SecretError } = require('./node/index.js');\n" + nodeTest,
		"test.mjs": "import { SecretClient, SecretError } from './node/index.mjs';\n" + nodeTest,
	} {
		if err := os.WriteFile(filepath.Join(p.home, name), []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		pid, _ := p.unlock()
		p.run("tacit", "update", "A", "--file", "/dev/null", "--allow-empty")
		cmd := p.cmd("node", name, strconv.Itoa(pid))
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != "ok\n" {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if got := p.run("tacit", "get", "A", "--json"); !strings.Contains(got, `"value":{"from":"node","text":"é😀"}`) {
			t.Errorf("%s", got)
		}
		p.run("tacit", "lock")
	}
}

// nodeTest ends by killing the agent in the middle.
const nodeTest = `
const assert = (what, ok) => { if (!ok) throw new Error('not so: ' + what); };
const code = async (promise) => promise.then(() => 'none', (e) => (e instanceof SecretError ? e.code : String(e)));
const main = async () => {
  const secrets = new SecretClient();
  assert('read', (await secrets.readSecret('A')).value === '');
  const value = { from: 'node', text: 'é😀' };
  const entry = await secrets.updateSecret({ key: 'A', value });
  assert('updated', entry.key === 'A' && entry.value.text === value.text);
  assert('read again', (await secrets.readSecret('A')).value.from === 'node');
  const many = await Promise.all(Array.from({ length: 50 }, () => secrets.readSecret('N')));
  assert('many', many.every((e) => e.value === 'n'));
  assert('none', await code(secrets.readSecret('NONE')) === 'not_found');
  assert('no update of none', await code(secrets.updateSecret({ key: 'NONE', value: 'x' })) === 'not_found');
  assert('name', await code(secrets.readSecret('../x')) === 'invalid_name');
  assert('long', await code(secrets.updateSecret({ key: 'A', value: 'x'.repeat(10001) })) === 'invalid_value');
  assert('no JSON', await code(secrets.updateSecret({ key: 'A', value: undefined })) === 'invalid_value');
  const key = 'P_' + process.argv[1].slice(-3);
  assert('created', (await secrets.createSecret({ key, value: 'one' })).value === 'one');
  assert('no second', await code(secrets.createSecret({ key, value: 'two' })) === 'exists');
  const probe = key + '_';
  await secrets.createSecret({ key: probe, value: 0 });
  const watch = secrets.watchSecrets({ prefix: key, interval: 5 });
  let watches = false;
  const change = watch.next().finally(() => (watches = true));
  for (let n = 1; !watches; n++) await secrets.updateSecret({ key: probe, value: n });
  await secrets.deleteSecret(probe, { purge: true });
  await secrets.updateSecret({ key, value: 'two' });
  assert('details', JSON.stringify((await secrets.listSecrets({ prefix: key, details: true })).map((i) => [i.name, i.version, i.size])) === JSON.stringify([[key, 2, 3]]));
  assert('history', (await secrets.getHistory(key)).map((i) => i.version).join() === '2,1');
  assert('deleted', (await secrets.deleteSecret(key, { purge: true })).deleted);
  assert('purged', (await secrets.getHistory(key)).every((i) => i.deleted));
  for (let c = await change; ; c = await watch.next()) {
    if (c.value.key === probe) continue;
    assert('watched ' + JSON.stringify(c), c.value.key === key);
    if (c.value.version === 3 && c.value.deleted) break;
  }
  await watch.return();
  const stop = new AbortController();
  const stopped = secrets.watchSecrets({ signal: stop.signal }).next();
  stop.abort();
  assert('stopped', (await stopped).done);
  assert('listed', (await secrets.listSecrets()).map((i) => i.name).join() === 'A,N');
  assert('gone', (await secrets.listSecrets({ prefix: key, deleted: true }))[0].deleted);
  assert('no history', await code(secrets.getHistory('NONE')) === 'not_found');
  const used = await secrets.getUsedSecrets();
  assert('used', used.length === 2 && used[0].key === 'A' && used[0].value.text === value.text && used[1].key === 'N');
  process.kill(Number(process.argv[2]), 'SIGTERM');
  let end = 'none';
  for (let n = 0; n < 15000 && end === 'none'; n++) {
    end = await code(secrets.readSecret('A'));
    await new Promise((done) => setTimeout(done, 20));
  }
  assert('locked, and not ' + end, end === 'locked');
  secrets.close();
  console.log('ok');
};
main().catch((e) => { console.log(e.stack); process.exit(1); });
`

// An agent closes idle connections when it needs their places. A request that is
// sent on one at that moment is sent again, a change only if it was not read.
func TestNodeAsksAgain(t *testing.T) {
	t.Parallel()
	foreignTool(t, "node")
	p := newPerson(t)
	dir := filepath.Join(p.home, "sockets")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "agent.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, path := range []string{dir, l.Addr().String()} {
		if err := errors.Join(os.Chmod(path, 0o700), os.Chown(path, p.uid, -1)); err != nil {
			t.Fatal(err)
		}
	}
	saw := make(chan []string, 1)
	go func() { saw <- fleeting(l) }()
	script := `const { SecretClient } = require('./node/index.js');
const main = async () => {
  const secrets = new SecretClient();
  await secrets.readSecret('A');
  await secrets.updateSecret({ key: 'A', value: 'x' });
  await secrets.readSecret('A');
  await secrets.readSecret('A');
  await secrets.updateSecret({ key: 'A', value: 'x' });
  await secrets.updateSecret({ key: 'A', value: 'x' }).catch((e) => console.log(e.code));
  secrets.close();
};
main();
`
	if err := os.WriteFile(filepath.Join(p.home, "again.cjs"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := p.cmd("node", "again.cjs")
	cmd.Env = append(cmd.Env, "TACIT_AGENT="+l.Addr().String())
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "internal\n" {
		t.Errorf("%v\n%s", err, out)
	}
	l.Close()
	const want = "GET; unread; PATCH; GET; GET, cut off; GET; PATCH; PATCH, cut off"
	if got := strings.Join(<-saw, "; "); got != want {
		t.Errorf("the agent saw %s\nwant          %s", got, want)
	}
}

// fleeting is an agent that answers once on a connection, and closes it when the
// next request comes: without reading it on the first, having read it on the
// others.
func fleeting(l *net.UnixListener) (said []string) {
	for n := 0; ; n++ {
		c, err := l.AcceptUnix()
		if err != nil {
			return said
		}
		r := bufio.NewReader(c)
		answer := func(last bool) {
			req, err := http.ReadRequest(r)
			if err != nil {
				return // the client is done
			}
			_, _ = io.Copy(io.Discard, req.Body)
			if last {
				said = append(said, req.Method+", cut off")
				return
			}
			said = append(said, req.Method)
			const body = `{"key":"A","value":"v","version":1}`
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
		answer(false)
		if n == 0 {
			if waitReadable(c) {
				said = append(said, "unread")
			}
		} else {
			answer(true)
		}
		c.Close()
	}
}

// waitReadable waits for bytes, and leaves them where they are.
func waitReadable(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = raw.Read(func(fd uintptr) bool {
		var err error
		n, _, err = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK)
		return err != unix.EAGAIN
	})
	return err == nil && n > 0
}

// TestAgentAllowExec names the one program that may ask.
func TestAgentAllowExec(t *testing.T) {
	t.Parallel()
	foreignTool(t, "curl")
	foreignTool(t, "node")
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "first")
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	_, socket := p.unlock("--allow-exec", curl)
	if status, body := p.curl(p.uid, socket, "GET", "/v1/secrets/A", ""); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if got := p.run("tacit", "get", "A"); got != "first" {
		t.Errorf("%q", got)
	}
	const script = `new (require('./node/index.js').SecretClient)().readSecret('A').then(console.log, (e) => console.log(e.code))`
	if got := p.run("node", "-e", script); got != "denied\n" {
		t.Errorf("%q", got)
	}
	// Commands that reach the agent more than once, and hide themselves in between.
	const twice = `const read = () => require('fs').readFileSync('functions/settings.json', 'utf8');
		console.log(read().includes('first')); setTimeout(() => console.log(read().includes('first')), 300)`
	if got := p.run("tacit", "liveperson", "--", "node", "-e", twice); got != "true\ntrue\n" {
		t.Errorf("%q", got)
	}
	if got := p.run("tacit", "liveperson", "--identity", "id.txt", "--", "node", "-e", twice); got != "true\ntrue\n" {
		t.Errorf("with a key: %q", got)
	}
	p.run("tacit", "doctor")
	p.run("tacit", "backup", "b.tacit")
	p.run("tacit", "restore", "b.tacit", "--replace", "--yes", "--identity", "id.txt")
	p.run("tacit", "lock")
}

// The agent of the whole program lets the small one in, which lies beside it, and which
// hides itself as it reads.
func TestAgentAllowExecOfTwoPrograms(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	whole := filepath.Join(p.home, "tacit-core")
	p.run("cp", filepath.Join(p.home, "tacit"), whole)
	p.run("tacit", "init")
	p.set("A", "first")
	start := p.cmd(whole, "unlock", "--ttl", "30m", "--no-input", "--allow-exec", "/bin/sh")
	mustRun(t, start)
	t.Cleanup(func() { p.run("tacit", "lock") })
	for _, args := range [][]string{{"get", "A"}, {"run", "--only", "A", "--", "sh", "-c", `printf %s "$A"`}} {
		small := p.cmd("tacit", args...)
		small.Env = append(small.Env, smallVariable+"=1", "TACIT_IDENTITY=none")
		if got := mustRun(t, small); got != "first" {
			t.Errorf("%v: %q", args, got)
		}
	}
}

// An agent that the system gives no locked memory says so, and works.
func TestAgentWithoutLockedMemory(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	const warning = "ordinary memory"
	p.run("tacit", "init")
	p.set("A", "canary")
	if out := p.run("sh", "-c", "tacit unlock --ttl 1h 2>&1 && tacit lock"); strings.Contains(out, warning) {
		t.Skipf("this system locks no memory: %s", out)
	}
	out := p.run("sh", "-c", "ulimit -l 0 && tacit unlock --ttl 1h 2>&1 && tacit get A && tacit lock")
	if !strings.Contains(out, warning) || !strings.Contains(out, "canary") {
		t.Errorf("%s", out)
	}
}
