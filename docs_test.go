package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// A page is a document in docs/, and what its commands lead to. They are run as
// they stand, one after the other in one shell, in a home with a vault.
type page struct {
	tools  []string // without one of them the page is not tried
	before string   // what a reader of the page has already
	want   []string // what is printed
	never  []string // what is not
	again  string   // what happens before its commands are run a second time; "": they are not
	after  string   // what cleans up
	turns  []string // in pairs: a line of the page, and what happens there
	units  bool     // it has no commands for every shell; testdata/foreign/systemd.txtar runs units, packages_linux_test.go packages
	lookup bool     // it is a reference, to look things up in, and may be longer than a screen
}

// apiKey makes a vault with one secret.
const apiKey = "tacit init; printf s3cret | tacit set API_KEY\n"

var pages = map[string]page{
	"agent.md": {
		before: apiKey,
		want:   []string{"s3cret", "locked "},
	},
	"agent-api.md": {
		tools: []string{"curl"}, before: apiKey,
		want: []string{`"value":"s3cret"`, `"version":2`, "openapi: 3"},
	},
	"ansible.md": {
		tools: []string{"ansible-vault"}, before: apiKey,
		want: []string{"db_password: s3cret", "$ANSIBLE_VAULT;1.2;AES256;prod"}, after: "head -n 1 vars.yml",
	},
	"architecture.md": {lookup: true},
	"askpass.md": {
		tools: []string{"ssh-agent", "ssh-add", "ssh-keygen"},
		before: apiKey + `printf 'a phrase' | tacit set SSH_PHRASE
mkdir -m 700 ~/.ssh; ssh-keygen -q -t ed25519 -N 'a phrase' -f ~/.ssh/id_ed25519
eval "$(ssh-agent -s)"
trap 'kill "$SSH_AGENT_PID"' EXIT
`,
		want:  []string{"Identity added: "},
		never: []string{"a phrase"},
		after: "ssh-add -l",
	},
	"aws.md": {
		before: apiKey + `echo '{"AccessKeyId": "AKIA", "SecretAccessKey": "aws"}' > aws.json` + "\n",
		want:   []string{`{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"aws"}`},
	},
	"containers.md": {
		before: apiKey, want: []string{"the key has 6 characters"},
		never: []string{"warning", "first time", "s3cret"},
	},
	"direnv.md": {
		tools: []string{"direnv"}, before: apiKey + "printf s3cret | tacit set APP_KEY\n",
		want: []string{"the key has 6 characters", "in dev the key has 7 characters"}, never: []string{"s3cret", "dev-key"},
	},
	"dependencies.md": {lookup: true},
	"docker.md": {
		before: apiKey,
		want:   []string{`{"https://registry.example":"me"}`, `{"ServerURL":"https://registry.example","Username":"me","Secret":"s3cret"}`},
		after:  "tacit ls DOCKER_",
		never:  []string{"DOCKER_https___registry"},
	},
	"evidence.md": {lookup: true},
	"fleet.md":    {units: true}, // its commands take three servers
	"format.md":   {lookup: true},
	"git.md": {
		tools: []string{"git"}, before: apiKey,
		want: []string{"username=me", "password=s3cret", "GIT_https_git_example_"},
	},
	"github-actions.md": {
		before: apiKey + `printf 'first\nsecond' | tacit set DEPLOY_KEY
tacit backup vault.bak
export IDENTITY="$(cat ~/.config/tacit/identity.txt)" TACIT_EXPECT="$(tacit status --json | sed 's/.*"pin":"\([^"]*\)".*/\1/'):2"
export TACIT_VAULT="$PWD/vault" TACIT_IDENTITY="$PWD/identity.txt" GITHUB_ENV="$PWD/env" XDG_STATE_HOME="$PWD/state"
mv ~/.config/tacit ~/.config/elsewhere
printf '#!/bin/sh\nprintf "%%s\\n" "deployed: $DEPLOY_KEY"\n' > deploy.sh; chmod +x deploy.sh
: > env
`,
		want:  []string{"deployed: *****", "::add-mask::first\n", "::add-mask::second\n", "::add-mask::first%0Asecond\n", "DEPLOY_KEY<<"},
		after: `cat env`,
	},
	"kubernetes.md": {
		before: apiKey + "printf t0ken > token\n",
		want:   []string{`"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t0ken"}`},
	},
	"liveperson.md": {
		tools: []string{"node"},
		before: "tacit init; mkdir -p functions/Greet\n" + `cat > functions/settings.json <<'JSON'
{"secrets": [{"key": "GREETING", "value": "s3cret"}, {"key": "ID", "value": 12345678901234567890}], "whitelist": ["*.example"]}
JSON
cat > functions/Greet/index.js <<'JS'
const fs = require('fs'), file = 'functions/settings.json'
const settings = JSON.parse(fs.readFileSync(file, 'utf8'))
const secret = settings.secrets.find((s) => s.key === 'GREETING')
console.log(settings.whitelist[0], settings.secrets.length, secret.value.length)
secret.value += '!'
try { fs.writeFileSync(file, JSON.stringify(settings)) } catch (e) { console.log(e.code) }
JS
`,
		want:  []string{"*.example 2 6\n", "*.example 1 7\n", "EROFS\n", "12345678901234567890"},
		never: []string{"s3cret"},
		after: "if grep s3cret functions/settings.json; then exit 1; fi; tacit get ID",
	},
	"packages.md":    {units: true},
	"performance.md": {lookup: true},
	"platforms.md":   {lookup: true},
	"project.md": {
		tools: []string{"git", "age-keygen"},
		before: `git config --global user.email me@example.org; git config --global user.name me
mkdir project; cd project; git init -q
printf 'PORT=8080\nDB_PASSWORD="s3cret"\n' > .env
`,
		want:  []string{"the port is 8080, the password has 6 characters", "on 8080 with 6 characters", "in prod it has 12, for 30 s", "only @prod\tDB_PASSWORD", "\nDB_PASSWORD\nPORT\n"},
		never: []string{"s3cret", "a-longer-one"},
		after: `test "$(git ls-files | tr '\n' ' ')" = "app.env vault.bak "; test ! -e ../project/.env; git -C ../project clean -fdxq; cd ../project; tacit get DB_PASSWORD >/dev/null; tacit get TIMEOUT @shared >/dev/null`,
	},
	"recovery.md": {
		tools: []string{"age", "python3"}, lookup: true,
		before: apiKey + "tacit man --recovery > carve.py\n",
		want:   []string{"s3cret", "01-identity.age", "02-identity.age"},
		again:  "echo; tacit rotate --yes; rm -r carved vault-id.txt", // the files have other numbers then
	},
	"systemd-agent.md":       {units: true},
	"systemd-credentials.md": {units: true},
	"systemd.md": {
		tools:  []string{"systemd-creds"},
		before: apiKey + "cp ~/.config/tacit/identity.txt .\n",
	},
	"team.md": {
		tools: []string{"git"},
		before: `git config --global init.defaultBranch main; mkdir anna kim ci; git init -q --bare origin; export ORIGIN="$PWD/origin" TEAM="$PWD"
git config --global user.email dev@example.org; git config --global user.name dev; git config --global pull.rebase false; git config --global core.editor true
for who in anna kim ci; do cp ~/.gitconfig $who; done
HOME=$TEAM/anna; cd anna; git clone -q "$ORIGIN" app; cd app; git commit -q --allow-empty -m first; git push -q origin main
tacit init --here --no-input; printf s3cret | tacit set DB_PASSWORD; printf s3cret-key | tacit set API_KEY
`,
		turns: []string{
			"\n# Anna\n", "\nunset TACIT_VAULT TACIT_IDENTITY; HOME=$TEAM/anna; cd $TEAM/anna/app\n",
			"\n# Kim\n", "\nHOME=$TEAM/kim; cp $TEAM/anna/code $TEAM/kim/code; cd $TEAM/kim; if [ -d app ]; then cd app; fi\n",
			"\n# CI\n", "\nHOME=$TEAM/ci; cd $HOME; git clone -q $ORIGIN app; cd app; export TACIT_VAULT=$HOME/vault TACIT_IDENTITY=$TEAM/anna/ci.txt\n",
		},
		want: []string{
			"the password has 6 characters", "1 value lost against another", "DB_PASSWORD\t1\tconcurrent\t",
			"CI has 10 characters", "\tkim (web)\n",
		},
		never: []string{"s3cret"},
	},
}

// screen is how many lines a page may have that is no reference, and longest how
// many SECURITY.md may have.
const screen, longest = 40, 200

// TestSecurityIsShort: it is read as a whole. What is looked up stands in docs.
func TestSecurityIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(string(readFile(t, "SECURITY.md")), "\n"); n > longest {
		t.Errorf("SECURITY.md has %d lines, more than %d", n, longest)
	}
}

// TestLinks follows each link from one document of the repository to another file.
func TestLinks(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	found := 0
	for _, doc := range append(docs, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(string(readFile(t, doc)), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s leads nowhere: %v", doc, err)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links", found)
	}
}

// TestPages runs every command of the documents.
func TestPages(t *testing.T) {
	t.Parallel()
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds the program, for sh")
	}
	docs, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(docs) != len(pages) {
		t.Fatalf("%d documents, this test knows %d; %v", len(docs), len(pages), err)
	}
	bin := built(t)
	for _, doc := range docs {
		t.Run(filepath.Base(doc), func(t *testing.T) {
			t.Parallel()
			p, ok := pages[filepath.Base(doc)]
			if !ok {
				t.Fatal("nobody knows what its commands should lead to")
			}
			for _, tool := range p.tools {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skip(err)
				}
			}
			p.follow(t, doc, bin)
		})
	}
}

// follow does what the document says.
func (p page) follow(t *testing.T, doc, bin string) {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > screen && !p.lookup {
		t.Errorf("%d lines; a page is one screen, of %d", n, screen)
	}
	blocks := blocksOf(text)
	if (len(blocks) == 0) != (p.units || p.lookup && p.before == "") {
		t.Fatalf("%d blocks of commands", len(blocks))
	}
	if len(blocks) == 0 {
		return
	}
	home, work := t.TempDir(), t.TempDir()
	commands := strings.NewReplacer(p.turns...).Replace("\n" + strings.Join(blocks, "\n"))
	if p.again != "" {
		commands += p.again + "\n" + commands
	}
	said, err := p.shell(home, work, bin, p.before+"exec 2>&1\n"+commands+"\n"+p.after)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range p.want {
		if !strings.Contains(said, want) {
			t.Errorf("it does not lead to %s:\n%s", want, said)
		}
	}
	for _, never := range p.never {
		if strings.Contains(said, never) {
			t.Errorf("it prints %s:\n%s", never, said)
		}
	}
}

// shell runs commands in an environment of their own, and returns what they
// print once the page begins.
func (p page) shell(home, work, bin, script string) (string, error) {
	var out strings.Builder
	cmd := exec.Command("sh", "-eu", "-c", script)
	cmd.Dir = work
	cmd.Env = []string{
		"HOME=" + home, "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"PATH=" + bin + string(os.PathListSeparator) + filepath.Join(home, ".local", "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
	}
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}
