package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// randomText is what no file and no process holds by accident.
func randomText(t *testing.T) string {
	t.Helper()
	var b [12]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b[:])
}

// A firstDay is a stranger's with tacit: at a terminal, with an empty home.
type firstDay struct {
	t        *testing.T
	home     string
	began    time.Time
	shell    *dialogue
	seen     strings.Builder // all that was on the terminals
	canaries canaries
	site     *httptest.Server // a git server and a registry, which want passwords
	asked    func() int       // how often somebody was let in there
}

// TestDay makes a vault, moves a project's secrets into it, runs a server with
// them, changes and generates some, lets git and docker keep theirs, completes
// names in three shells, exports, and has everything back without tacit. All the
// while, and at the end, no secret is where it should not be.
func TestDay(t *testing.T) {
	t.Parallel()
	foreignTool(t, "node")
	foreignTool(t, "git")
	foreignTool(t, "age")
	foreignTool(t, "python3")
	d := newDay(t)
	watch := d.canaries.watch(func(arguments string) bool { return strings.HasPrefix(arguments, "node ./server.js") })
	d.morning()
	d.credentials()
	d.completion()
	// What was typed is not shown. (age asks before it has switched that off.)
	for _, label := range []string{"passphrase", "git", "docker"} {
		if d.canaries.holds(label, []byte(d.seen.String())) {
			t.Errorf("the secret of %s was on the terminal", label)
		}
	}
	d.evening()
	if found, looked := watch.stop(); len(found) > 0 || looked < 100 {
		t.Errorf("%d processes looked at; found: %q", looked, found)
	} else {
		t.Logf("looked at %d processes", looked)
	}
	places := []string{d.home, "/tmp", "/var/tmp", "/dev/shm"}
	if !strings.HasPrefix(os.TempDir(), "/tmp") {
		places = append(places, os.TempDir())
	}
	if found, looked := d.canaries.inFiles(d.began, places...); len(found) > 0 || looked < 20 {
		t.Errorf("%d files looked at; found: %q", looked, found)
	} else {
		t.Logf("looked at %d files", looked)
	}
	for file, line := range map[string]string{".bash_history": "tacit import dotenv .env", ".local/share/fish/fish_history": "tacit get API_"} {
		if b, err := os.ReadFile(filepath.Join(d.home, file)); err == nil && !strings.Contains(string(b), line) {
			t.Errorf("%s is no history: %q", file, b)
		} else if err != nil && file == ".bash_history" {
			t.Error(err)
		}
	}
}

func newDay(t *testing.T) *firstDay {
	d := &firstDay{t: t, home: t.TempDir(), began: time.Now().Add(-time.Second)}
	for _, name := range []string{"passphrase", "git", "docker", "api key", "database", "url", "new api key"} {
		d.canaries.add(name, d.secret(name))
	}
	d.serve()
	d.write(".bashrc", "PS1='<ready>'\nbind 'set enable-bracketed-paste off'\nsource <(tacit completion bash)\n")
	d.write("server.js", serverJS)
	d.write(".env", fmt.Sprintf("API_KEY=%s\nDB_PASSWORD=\"%s\"\nDB_URL='%s'\n", d.secret("api key"), d.secret("database"), d.secret("url")))
	d.shell = d.terminal("bash", "--noprofile", "--rcfile", ".bashrc", "-i")
	d.wait(d.shell, "<ready>")
	return d
}

// secret is the one of that label, the same each time.
func (d *firstDay) secret(label string) string {
	sum := sha256.Sum256([]byte(d.home + label + d.began.String()))
	return "canary/" + hex.EncodeToString(sum[:12])
}

func (d *firstDay) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.home, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *firstDay) env() []string {
	return []string{
		"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "TERM=xterm", "LANG=C.UTF-8", "SCRIPT_TTY=live",
		"DOCKER_HOST=unix://" + filepath.Join(d.home, "no-daemon"), "GIT_CONFIG_NOSYSTEM=1",
	}
}

func (d *firstDay) terminal(program string, args ...string) *dialogue {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = d.home, d.env()
	return converse(d.t, cmd)
}

func (d *firstDay) wait(at *dialogue, pattern string) string {
	d.t.Helper()
	groups, before := at.until(pattern)
	d.seen.WriteString(before + groups[0])
	return before
}

// do types a command, answers what it asks, and returns what it said. Questions
// and answers alternate.
func (d *firstDay) do(command string, dialogue ...string) string {
	d.t.Helper()
	d.shell.say(command)
	for i := 0; i < len(dialogue); i += 2 {
		d.wait(d.shell, regexp.QuoteMeta(dialogue[i]))
		d.shell.say(dialogue[i+1])
	}
	return d.wait(d.shell, "<ready>")
}

// quietly runs a command beside the day, and returns what it prints.
func (d *firstDay) quietly(args ...string) string {
	d.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = d.home, d.env()
	out, err := cmd.Output()
	if err != nil {
		d.t.Fatalf("%s: %v", args[0], err)
	}
	return string(out)
}

// morning is about a project's own secrets.
func (d *firstDay) morning() {
	d.t.Helper()
	phrase := d.secret("passphrase")
	d.do("tacit init", "New passphrase (empty: one is made for you): ", phrase, "Once more: ", phrase, "[Y/n] ", "") // and never again
	if out := d.do("tacit import dotenv .env && rm .env"); !strings.Contains(out, "imported 3 secrets: 3 new") {
		d.t.Fatalf("import: %q", out)
	}
	d.served("API_KEY", d.secret("api key"), "DB_PASSWORD", d.secret("database"), "DB_URL", d.secret("url"))

	d.do("EDITOR='sed -i 1s/$/-edited/' tacit edit DB_URL")
	d.do("tacit update API_KEY", "Value of API_KEY: ", d.secret("new api key"))
	d.do("tacit generate DB_PASSWORD --force")
	made := d.quietly("tacit", "get", "DB_PASSWORD")
	if len(made) != 24 {
		d.t.Fatalf("a generated password of %d characters", len(made))
	}
	d.canaries.add("generated", made)
	d.served("API_KEY", d.secret("new api key"), "DB_PASSWORD", made, "DB_URL", d.secret("url")+"-edited")
}

const serverJS = `
const http = require('http'), { createHash } = require('crypto')
const names = ['API_KEY', 'DB_PASSWORD', 'DB_URL'], seen = {}
for (const name of names) seen[name] = createHash('sha256').update(process.env[name] || '').digest('hex')
const server = http.createServer((request, response) => {
  response.end(JSON.stringify(seen))
  if (request.url === '/quit') server.close()
})
server.keepAliveTimeout = 1
server.listen('app.sock')
`

// served runs the server, and holds what it has been given to the secrets.
func (d *firstDay) served(secrets ...string) {
	d.t.Helper()
	d.shell.say("tacit run --only API_KEY --only 'DB_*' -- node ./server.js")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", filepath.Join(d.home, "app.sock"))
	}}}
	var response *http.Response
	var err error
	for range moments {
		if response, err = client.Get("http://app/"); err == nil {
			break
		}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var got map[string]string
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(secrets); i += 2 {
		if sum := sha256.Sum256([]byte(secrets[i+1])); got[secrets[i]] != hex.EncodeToString(sum[:]) {
			d.t.Errorf("the server was given another %s", secrets[i])
		}
	}
	if response, err := client.Get("http://app/quit"); err == nil {
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	d.wait(d.shell, "<ready>")
}

// serve is a git server and a registry, as much of them as is asked.
func (d *firstDay) serve() {
	let := make(chan struct{}, 1000)
	d.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		wanted := d.secret("git")
		if strings.HasPrefix(r.URL.Path, "/v2/") {
			wanted = d.secret("docker")
		}
		if user != "me" || password != wanted {
			w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		let <- struct{}{}
		if strings.HasSuffix(r.URL.Path, "/info/refs") {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "%s\trefs/heads/main\n", strings.Repeat("0123456789", 4))
		}
	}))
	d.t.Cleanup(d.site.Close)
	d.asked = func() int { return len(let) }
}

// credentials are those of other programs, typed once.
func (d *firstDay) credentials() {
	d.t.Helper()
	at := strings.TrimPrefix(d.site.URL, "http://")
	d.do("git config --global credential.helper tacit")
	list := "git ls-remote http://me@" + at + "/project.git"
	if out := d.do(list, "Password for 'http://me@"+at+"': ", d.secret("git")); !strings.Contains(out, "refs/heads/main") {
		d.t.Errorf("git: %q", out)
	}
	if out := d.do(list); !strings.Contains(out, "refs/heads/main") {
		d.t.Errorf("git, again: %q", out)
	}
	if d.asked() < 2 {
		d.t.Errorf("git was let in %d times", d.asked())
	}
	if _, err := exec.LookPath("docker"); err != nil {
		d.t.Log("docker is not here")
		return
	}
	d.do(`mkdir .docker && echo '{"credsStore":"tacit"}' > .docker/config.json`)
	if out := d.do("docker login --username me "+at, "Password: ", d.secret("docker")); !strings.Contains(out, "Login Succeeded") {
		d.t.Errorf("docker: %q", out)
	}
	if out := d.do("tacit docker-credential list"); !strings.Contains(out, `"`+at+`":"me"`) {
		d.t.Errorf("docker's credentials: %q", out)
	}
}

// completion finishes a name with TAB, in each shell that there is.
func (d *firstDay) completion() {
	d.t.Helper()
	d.shell.press("tacit get API_\t")
	d.wait(d.shell, "API_KEY")
	d.shell.say("")
	if out := d.wait(d.shell, "<ready>"); !strings.Contains(out, d.secret("new api key")) {
		d.t.Errorf("bash: %q", out)
	}
	for _, other := range []struct {
		name  string
		args  []string
		setUp string
	}{
		{"zsh", []string{"-f", "-i"}, "PS1='<re''ady>'; autoload -U compinit; compinit -u -D; source <(tacit completion zsh)"},
		{"fish", []string{"-i"}, "function fish_prompt; echo -n '<re''ady>'; end; tacit completion fish | source"},
	} {
		if _, err := exec.LookPath(other.name); err != nil {
			d.t.Logf("%s is not here", other.name)
			continue
		}
		if other.name == "fish" { // where it does not find this, it fills it in the background, and outlives the test
			if err := os.MkdirAll(filepath.Join(d.home, ".local/share/fish/generated_completions"), 0o700); err != nil {
				d.t.Fatal(err)
			}
		}
		shell := d.terminal(other.name, other.args...)
		shell.say(other.setUp)
		d.wait(shell, "<ready>")
		shell.press("tacit get API_\t")
		d.wait(shell, "KEY")
		shell.say("")
		d.wait(shell, regexp.QuoteMeta(d.secret("new api key")))
		shell.say("exit")
	}
}

// evening exports, and has everything back by age alone.
func (d *firstDay) evening() {
	d.t.Helper()
	d.do("age-keygen -o escrow.txt")
	d.do(`tacit export json | age -r "$(age-keygen -y escrow.txt)" -o export.age`)
	var exported map[string]any
	if err := json.Unmarshal([]byte(d.quietly("age", "-d", "-i", "escrow.txt", "export.age")), &exported); err != nil {
		d.t.Fatal(err)
	}
	if exported["API_KEY"] != d.secret("new api key") || exported["DB_URL"] != d.secret("url")+"-edited" || len(exported) < 4 {
		d.t.Errorf("an export of %d secrets, or of others", len(exported))
	}
	d.do("tacit lock")

	vault := ".local/share/tacit/default"
	d.do("age -d -o id.txt "+vault+"/slots/01-passphrase.age", "Enter passphrase", d.secret("passphrase"))
	id, err := os.ReadFile(filepath.Join(d.home, "id.txt"))
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(id)) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			d.canaries.add("identity", strings.TrimSpace(line))
		}
	}
	carve, err := filepath.Abs(filepath.Join("help", "recovery", "carve.py"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.do("python3 " + carve + " " + vault + " carved")
	if out := d.do("age -d -i id.txt carved/API_KEY.v2.*.age; echo"); !strings.Contains(out, d.secret("new api key")) {
		d.t.Errorf("recovered: %q", out)
	}
	d.do("rm -r id.txt carved")
	if out := d.do("tacit verify"); strings.Contains(out, "tacit: ") {
		d.t.Errorf("verify: %q", out)
	}
	d.shell.say("exit")
	d.wait(d.shell, "exit\n")
	for range moments { // bash writes its history as it ends
		if _, err := os.Stat(filepath.Join(d.home, ".bash_history")); err == nil {
			return
		}
	}
}
