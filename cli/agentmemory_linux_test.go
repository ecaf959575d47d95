package cli

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAgentOutsiders tries to get at a running agent's memory as the same user.
// Each way is tried first on a process that is nothing to keep others from.
func TestAgentOutsiders(t *testing.T) {
	t.Parallel()
	foreignTool(t, "gdb")
	p := newPerson(t)
	p.run("tacit", "init")
	p.set("A", "a")
	pid, _ := p.unlock()
	sleep := p.cmd("sleep", "1000")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleep.Process.Kill(); sleep.Wait() })

	for _, way := range []string{
		"exec 3</proc/%d/mem", "cat /proc/%d/environ", "cat /proc/%d/maps", "ls /proc/%d/fd/", "ls /proc/%d/map_files/",
		"out=$(gdb -nx -batch -p %d -ex 'info registers' 2>&1); echo \"$out\" | grep -q '^rip'",
	} {
		if out, err := p.cmd("sh", "-c", fmt.Sprintf(way, sleep.Process.Pid)).CombinedOutput(); err != nil {
			t.Logf("NOT checked, for it is not possible with any process here: %s: %v, %s", way, err, out)
			continue
		}
		if out, err := p.cmd("sh", "-c", fmt.Sprintf(way, pid)).CombinedOutput(); err == nil {
			t.Errorf("%s: %q", way, out)
		}
	}
	if got := p.run("tacit", "get", "A"); got != "a" {
		t.Errorf("it does not serve any more: %q", got)
	}
}

// TestAgentLeavesNoCore kills an agent in a way that has a core dumped.
func TestAgentLeavesNoCore(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.run("tacit", "init")
	pid, _ := p.unlock()
	// That one can be left here is tried first.
	for i, kill := range []string{
		"(ulimit -c unlimited; sh -c 'kill -ABRT $$')",
		fmt.Sprintf("kill -ABRT %d; while kill -0 %d 2>/dev/null && ! grep -q '^State:.Z' /proc/%d/status; do sleep 0.01; done", pid, pid, pid),
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
}

// TestAgentMemoryAfterLock looks, as root, for secrets in all the memory of an
// agent that has locked and is about to exit: values, the keys that opened the
// vault, the vault's own identity, and what is derived from it.
func TestAgentMemoryAfterLock(t *testing.T) {
	t.Parallel()
	foreignTool(t, "gdb")
	foreignTool(t, "age")
	if os.Getuid() != 0 {
		t.Skip("only root can look at the memory of an agent")
	}
	p := newPerson(t)
	p.run("tacit", "init")
	secrets := map[string][]byte{}
	for i := range 20 {
		c := canary()
		p.set(fmt.Sprintf("S_%d", i), c)
		secrets["the value of "+fmt.Sprintf("S_%d", i)] = []byte(c)
	}
	phrase := canary()
	p.write("phrase", phrase)
	secrets["the passphrase"] = []byte(phrase)
	p.run("tacit", "key", "add", "passphrase", "--passphrase-file", "phrase")
	p.derived(secrets)

	for name, way := range map[string]struct {
		flags []string
		typed string
	}{
		"by an identity":          {nil, ""},
		"by a passphrase":         {[]string{"--passphrase-file", "phrase"}, ""},
		"by a passphrase, typed":  {nil, phrase},
		"by a passphrase's child": {[]string{"--passphrase-command", "cat phrase"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && way.typed == "" {
				t.Skip("long")
			}
			p.t = t
			agent := p.cmd("tacit", append([]string{"agent", "run", "--ttl", "30m"}, way.flags...)...)
			var log bytes.Buffer
			agent.Stderr = &log
			if way.typed != "" {
				agent.Env = append(agent.Env, "SCRIPT_TTY=1", "TACIT_IDENTITY=", "XDG_CONFIG_HOME="+filepath.Join(p.home, "none"))
				p.types(agent, way.typed)
			}
			if err := agent.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { agent.Process.Kill(); agent.Wait() })
			p.awaitAgent()
			p.use(secrets)
			// It cannot say that it is done: the agent is stopped before it is gone.
			image := atExit(t, agent.Process.Pid, func() { p.cmd("tacit", "lock").Run() })
			for what, secret := range secrets {
				if bytes.Contains(image, secret) {
					t.Errorf("%s is in the memory of an agent that has locked", what)
				}
				if bytes.Contains(log.Bytes(), secret) {
					t.Errorf("%s is in its log", what)
				}
			}
			if path := filepath.Join(p.home, "vault"); !bytes.Contains(image, []byte(path)) {
				t.Error("the image of its memory is not one: it does not even hold the vault's path")
			}
			if !strings.Contains(log.String(), "name=S_3") {
				t.Error("its log does not hold what it is there for")
			}
		})
	}
}

// use does with the agent what people do.
func (p person) use(secrets map[string][]byte) {
	p.t.Helper()
	if got := p.run("tacit", "get", "S_3"); got != string(secrets["the value of S_3"]) {
		p.t.Fatal("it does not read")
	}
	p.run("tacit", "export", "json")
	p.set("S_5", string(secrets["the value of S_5"]))
	p.run("tacit", "history", "S_5")
}

func (p person) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chown(path, p.uid, p.uid); err != nil {
		p.t.Fatal(err)
	}
}

// awaitAgent waits for an agent that was started.
func (p person) awaitAgent() {
	p.t.Helper()
	for range moments {
		if p.cmd("tacit", "agent", "status").Run() == nil {
			return
		}
	}
	p.t.Fatal("the agent does not come")
}

// types gives a command a terminal of its own, at which a line is typed.
func (p person) types(cmd *exec.Cmd, line string) {
	p.t.Helper()
	ours, theirs := openPTY(p.t)
	cmd.Stdin = theirs
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	if err := theirs.Chown(p.uid, p.uid); err != nil {
		p.t.Fatal(err)
	}
	if _, err := ours.WriteString(line + "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// derived adds the person's key, the vault's identity as stock age gives it, and
// what is made of both.
func (p person) derived(secrets map[string][]byte) {
	p.t.Helper()
	add := func(what, identity string) {
		secrets[what] = []byte(strings.TrimPrefix(identity, "AGE-SECRET-KEY-"))
		secrets[what+", its scalar"] = bech32Bytes(p.t, identity)
	}
	identities := regexp.MustCompile("AGE-SECRET-KEY-1[0-9A-Z]+")
	file, err := os.ReadFile(filepath.Join(p.home, "id.txt"))
	if err != nil {
		p.t.Fatal(err)
	}
	add("the key", identities.FindString(string(file)))
	own := identities.FindString(p.run("age", "-d", "-i", "id.txt", "vault/slots/01-identity.age"))
	add("the vault's identity", own)
	var st struct{ ID string }
	if err := json.Unmarshal([]byte(p.run("tacit", "status", "--json")), &st); err != nil {
		p.t.Fatal(err)
	}
	salt, err := hex.DecodeString(st.ID)
	if err != nil || len(salt) != 16 {
		p.t.Fatalf("vault id %q", st.ID)
	}
	for _, use := range []string{"bind", "head", "sign", "backup"} {
		key, err := hkdf.Key(sha256.New, []byte(own), salt, "tacit/1/x25519/"+use, 32)
		if err != nil {
			p.t.Fatal(err)
		}
		secrets["the vault's key "+use] = key
	}
}

// bech32Bytes is what an identity's text stands for; its checksum is not looked at.
func bech32Bytes(t *testing.T, s string) []byte {
	t.Helper()
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	data := s[strings.LastIndexByte(s, '1')+1:]
	var out []byte
	bits, n := 0, 0
	for _, c := range data[:len(data)-6] {
		bits, n = bits<<5|strings.IndexRune(alphabet, c), n+5
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
			bits &= 1<<n - 1
		}
	}
	if len(out) != 32 {
		t.Fatalf("%d bytes in an identity", len(out))
	}
	return out
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
	timer := time.AfterFunc(hang, func() { gdb.Process.Kill() })
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

// A region is a part of a process's memory that it may write to.
type region struct {
	from  uint64
	name  string // of a file, or what the kernel calls it; "" for memory of no file
	bytes []byte
}

// memoryOf is what a process has in memory.
func memoryOf(t *testing.T, pid int) (image []byte) {
	t.Helper()
	for _, r := range regionsOf(t, pid) {
		image = append(image, r.bytes...)
	}
	return image
}

// regionsOf is what a process has in memory, in parts.
func regionsOf(t *testing.T, pid int) (regions []region) {
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
		fields := strings.Fields(line)
		regions = append(regions, region{from, strings.Join(fields[min(5, len(fields)):], " "), b[:n]})
	}
	return regions
}
