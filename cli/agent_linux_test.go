package cli

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
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
		var b []byte
		if b, err = os.ReadFile(self); err == nil {
			err = os.WriteFile(filepath.Join(p.home, "tacit"), b, 0o755)
		}
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
	args := append([]string{"-c", `ulimit -c unlimited; exec tacit unlock "$@"`, "sh", "--ttl", "2m", "--no-input"}, flags...)
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
		p.run("tacit", "update", "A", "--file", "/dev/null")
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
  const used = await secrets.getUsedSecrets();
  assert('used', used.length === 2 && used[0].key === 'A' && used[0].value.text === value.text && used[1].key === 'N');
  process.kill(Number(process.argv[2]), 'SIGTERM');
  await new Promise((done) => setTimeout(done, 1000));
  assert('locked', await code(secrets.readSecret('A')) === 'locked');
  secrets.close();
  console.log('ok');
};
main().catch((e) => { console.log(e.stack); process.exit(1); });
`

// TestAgentAllowExec names the one program that may ask.
func TestAgentAllowExec(t *testing.T) {
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
}

// TestAgentMemory tries to get at an agent's secrets from outside of it, as the
// same user, and by root after it has locked.
func TestAgentMemory(t *testing.T) {
	foreignTool(t, "gdb")
	p := newPerson(t)
	mustRun(t, p.cmd("tacit", "init"))
	identity, err := os.ReadFile(filepath.Join(p.home, "id.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, key, ok := bytes.Cut(bytes.TrimSpace(identity), []byte("AGE-SECRET-KEY-"))
	if !ok {
		t.Fatal("no identity")
	}
	canaries := [][]byte{key}
	for i := range 20 {
		c := canary()
		p.set(fmt.Sprintf("S_%d", i), c)
		canaries = append(canaries, []byte(c))
	}
	search := func(what string, b []byte) {
		t.Helper()
		for i, c := range canaries {
			if bytes.Contains(b, c) {
				t.Errorf("canary %d is in %s", i, what)
			}
		}
	}
	use := func() {
		t.Helper()
		if got := p.run("tacit", "get", "S_3"); got != string(canaries[4]) {
			t.Fatal("it does not read")
		}
		p.run("tacit", "export", "json")
		p.set("S_5", string(canaries[6]))
		p.run("tacit", "history", "S_5")
	}

	pid, _ := p.unlock()
	use()
	for _, what := range []string{
		fmt.Sprintf("head -c 1 /proc/%d/mem", pid), fmt.Sprintf("cat /proc/%d/environ", pid), fmt.Sprintf("cat /proc/%d/maps", pid),
		fmt.Sprintf("gdb -batch -p %d -ex 'info registers' 2>&1 | grep -q rip", pid),
	} {
		if out, err := p.cmd("sh", "-c", what).CombinedOutput(); err == nil && len(out) > 0 || err == nil && strings.HasPrefix(what, "gdb") {
			t.Errorf("%s: %q", what, out)
		}
	}
	// It must die, and leave no image. That one can be left here is tried first.
	for i, kill := range []string{
		"(ulimit -c unlimited; sh -c 'kill -ABRT $$')",
		fmt.Sprintf("kill -ABRT %d; while kill -0 %d 2>/dev/null; do sleep 0.01; done", pid, pid),
	} {
		p.cmd("sh", "-c", kill).Run()
		cores, err := filepath.Glob(filepath.Join(p.home, "*core*"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && len(cores) == 0 {
			t.Log("this system leaves no core dumps anyway")
		}
		for _, core := range cores {
			if i == 1 {
				t.Errorf("the agent left %s", core)
			}
			if err := os.Remove(core); err != nil {
				t.Fatal(err)
			}
		}
	}

	// Root may look at the memory of anything. At the end there is nothing in it.
	if os.Getuid() != 0 {
		t.Skip("only root can look at the memory of an agent")
	}
	agent := p.cmd("tacit", "agent", "run", "--ttl", "2m", "--no-input")
	var log bytes.Buffer
	agent.Stderr = &log
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Process.Kill(); agent.Wait() })
	for range 500 {
		if p.cmd("tacit", "agent", "status").Run() == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	use()
	image := atExit(t, agent.Process.Pid, func() { p.run("tacit", "lock") })
	search("the memory of an agent that has locked", image)
	search("its log", log.Bytes())
	if path := filepath.Join(p.home, "vault"); !bytes.Contains(image, []byte(path)) {
		t.Error("the image of its memory is not one: it does not even hold the vault's path")
	}
	if !strings.Contains(log.String(), "name=S_3") {
		t.Error("its log does not hold what it is there for")
	}
}

// atExit does something that ends a process, stops the process just before, and
// returns all its memory.
func atExit(t *testing.T, pid int, end func()) []byte {
	t.Helper()
	gdb := exec.Command("gdb", "-nx", "-batch", "-p", strconv.Itoa(pid), "-ex", "handle SIGURG nostop noprint pass",
		"-ex", "catch syscall exit_group", "-ex", "echo attached\\n", "-ex", "continue", "-ex", "echo stopped\\n", "-ex", "shell read x", "-ex", "kill")
	in, err := gdb.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := gdb.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := gdb.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { gdb.Process.Kill() })
	defer timer.Stop()
	defer gdb.Wait()
	defer in.Close()
	lines := bufio.NewScanner(out)
	until := func(line string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == line {
				return
			}
		}
		t.Fatalf("gdb does not say %q", line)
	}
	until("attached")
	done := make(chan struct{})
	go func() { end(); close(done) }()
	until("stopped")
	image := memoryOf(t, pid)
	in.Close()
	gdb.Wait()
	<-done
	return image
}

// memoryOf is what a process has in memory.
func memoryOf(t *testing.T, pid int) (image []byte) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(mode, "rw") {
			continue
		}
		b := make([]byte, to-from)
		n, err := mem.ReadAt(b, int64(from))
		if err != nil && err != io.EOF && !errors.Is(err, syscall.EIO) && !errors.Is(err, syscall.EFAULT) {
			t.Fatal(err)
		}
		image = append(image, b[:n]...)
	}
	return image
}
