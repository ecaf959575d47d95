package main_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// made is the folder in which .ci/package has made packages for each target, with an
// older version of the deb in its folder before.
func made(t *testing.T, tools ...string) string {
	t.Helper()
	dir := os.Getenv("TACIT_TEST_PACKAGES")
	if dir == "" {
		t.Skip("TACIT_TEST_PACKAGES names no folder that .ci/package made")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			lacking(t, err)
		}
	}
	return dir
}

// lacking skips a test, or fails it where all the tools have to be there.
func lacking(t *testing.T, what any) {
	t.Helper()
	if os.Getenv("TACIT_TEST_FOREIGN") != "" && os.Geteuid() == 0 {
		t.Fatal(what)
	}
	t.Skip(what)
}

// only is the one file that fits a pattern.
func only(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d files, %v", pattern, len(found), err)
	}
	return found[0]
}

// does runs a command and returns all that it prints.
func does(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

// A stranger checks what was downloaded with stock tools, as docs/packages.md says.
func TestPackageSums(t *testing.T) {
	t.Parallel()
	dir := made(t, "sha256sum", "ssh-keygen")
	files, err := filepath.Glob(filepath.Join(dir, "tacit*"))
	sums := string(readFile(t, filepath.Join(dir, "SHA256SUMS")))
	if err != nil || len(files) != strings.Count(sums, "\n") {
		t.Errorf("%d files and %d sums, %v", len(files), strings.Count(sums, "\n"), err)
	}
	some := t.TempDir()
	for _, file := range files[:2] {
		if err := os.Link(file, filepath.Join(some, filepath.Base(file))); err != nil {
			if err := os.Symlink(file, filepath.Join(some, filepath.Base(file))); err != nil {
				t.Fatal(err)
			}
		}
		sum := ""
		for line := range strings.Lines(sums) {
			if strings.HasSuffix(line, "  "+filepath.Base(file)+"\n") {
				sum = line
			}
		}
		f, err := os.OpenFile(filepath.Join(some, "SHA256SUMS"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(sum)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(t.TempDir(), "key")
	does(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key))
	sign := exec.Command(".ci/sign", some)
	sign.Env = append(os.Environ(), "TACIT_SIGN_KEY="+key)
	does(t, sign)
	signers := "release " + string(readFile(t, key+".pub"))
	if err := os.WriteFile(filepath.Join(some, "signers"), []byte(signers), 0o600); err != nil {
		t.Fatal(err)
	}
	verify := "ssh-keygen -Y verify -f signers -I release -n tacit -s SHA256SUMS.sig < SHA256SUMS && sha256sum --ignore-missing -c SHA256SUMS"
	check := func() error {
		cmd := exec.Command("sh", "-c", verify)
		cmd.Dir = some
		return cmd.Run()
	}
	if err := check(); err != nil {
		t.Errorf("what was signed is not accepted: %v", err)
	}
	f, err := os.OpenFile(filepath.Join(some, "SHA256SUMS"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(strings.Repeat("0", 64) + "  other\n")
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if check() == nil {
		t.Error("a sum that was added after the signature is accepted")
	}
}

// A deb is installed where there is nothing but a shell, without the libraries of any
// system. An ordinary user does the main job there. It is replaced by a newer one,
// which reads the older one's vault, and removed, which leaves the vault alone.
func TestDeb(t *testing.T) {
	t.Parallel()
	dir := made(t, "dpkg", "busybox", "unshare")
	if os.Geteuid() != 0 {
		lacking(t, "it needs root")
	}
	r := newRoot(t)
	before := r.files()
	r.dpkg("--install", only(t, filepath.Join(dir, "before", "*_amd64.deb")))
	r.user("mkdir first; cd first; cp /job.sh .; sh job.sh tacit")
	old := r.user("cd; tacit init vault; printf 'of the old' | tacit set --vault vault OLD; tacit version")
	r.dpkg("--install", only(t, filepath.Join(dir, "*_amd64.deb")))
	r.user("mkdir second; cd second; sh /job.sh tacit-core")
	said := r.user("cd; tacit get --vault vault OLD; echo; tacit version")
	version := strings.TrimSpace(string(readFile(t, "VERSION")))
	if !strings.Contains(old, "tacit v0.0.9, commit ") || !strings.Contains(said, "of the old\n") || !strings.Contains(said, "tacit v"+version+", commit ") {
		t.Errorf("before %q, and after %q", old, said)
	}
	r.holds()
	r.dpkg("--remove", "tacit")
	if after := r.files(); !slices.Equal(before, after) {
		t.Errorf("before\n%q\nand after\n%q", before, after)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "home", "vault", "VAULT")); err != nil {
		t.Errorf("the vault: %v", err)
	}
}

// The rpm holds what the deb holds, but for places that the systems keep elsewhere.
func TestRPM(t *testing.T) {
	t.Parallel()
	dir := made(t, "dpkg-deb", "rpm")
	list := func(name string, args ...string) (files []string) {
		for line := range strings.Lines(does(t, exec.Command(name, args...))) {
			if line[0] == 'd' { // the deb's end in a slash
				continue
			}
			path := strings.TrimSpace(line[strings.LastIndexAny(strings.TrimSpace(line), " \t")+1:])
			path = strings.TrimPrefix(path, ".")
			if strings.Contains(path, "tacit") && !strings.HasSuffix(path, "/") {
				files = append(files, strings.ReplaceAll(path, "zsh/site-functions", "zsh/vendor-completions"))
			}
		}
		slices.Sort(files)
		return files
	}
	deb := list("sh", "-c", `dpkg-deb --fsys-tarfile "$1" | tar -t`, "sh", only(t, filepath.Join(dir, "*_amd64.deb")))
	rpm := only(t, filepath.Join(dir, "*.x86_64.rpm"))
	held := list("rpm", "--dbpath", t.TempDir(), "-qp", "--queryformat", `[%{FILEMODES:perms} %{FILENAMES}\n]`, rpm)
	if len(deb) < 50 || !slices.Equal(deb, held) {
		t.Errorf("the deb:\n%s\nthe rpm:\n%s", strings.Join(deb, "\n"), strings.Join(held, "\n"))
	}
	if os.Geteuid() != 0 {
		return
	}
	root := t.TempDir()
	does(t, exec.Command("rpm", "--root", root, "--nodeps", "--install", rpm))
	if out := does(t, exec.Command(filepath.Join(root, "usr", "bin", "tacit"), "version")); !strings.HasPrefix(out, "tacit v") {
		t.Errorf("installed, it says %q", out)
	}
	does(t, exec.Command("rpm", "--root", root, "--erase", "tacit"))
	if left, err := os.ReadDir(filepath.Join(root, "usr", "libexec")); len(left) != 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Each Linux archive does the main job: on this processor, or in an emulator of its own.
// Not every kernel for amd64 runs programs for 386, and QEMU's emulator of that cannot
// run Go's threads.
func TestArchives(t *testing.T) {
	t.Parallel()
	for arch, emulator := range map[string]string{"amd64": "", "386": "", "armv7": "qemu-arm-static", "arm64": "qemu-aarch64-static", "riscv64": "qemu-riscv64-static"} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			dir := made(t, "tar")
			if list, _ := filepath.Glob(filepath.Join(dir, "tacit-*-linux-"+arch+".tar.gz")); list == nil {
				t.Skip("no archive for " + arch + " was made: CI makes some, a release all")
			}
			home := t.TempDir()
			does(t, exec.Command("tar", "-xzf", only(t, filepath.Join(dir, "tacit-*-linux-"+arch+".tar.gz")), "-C", home, "--strip-components=1", "--no-same-owner"))
			tacit := filepath.Join(home, "bin", "tacit")
			if emulator != "" {
				tacit = emulated(t, home, emulator)
			} else if err := exec.Command(tacit, "version").Run(); errors.Is(err, syscall.ENOEXEC) {
				t.Skip("this kernel runs no programs for " + arch)
			}
			job := exec.Command("sh", filepath.Join(workingFolder(t), "testdata", "packages", "job.sh"), tacit)
			job.Dir = t.TempDir()
			if out := does(t, job); !strings.HasSuffix(out, "the main job: ok\n") {
				t.Error(out)
			}
		})
	}
}

// emulated is a script that runs the small program of a folder. The whole one, which
// that executes, becomes another: a kernel that was not told of the emulator could not
// execute it.
func emulated(t *testing.T, home, emulator string) string {
	t.Helper()
	path, err := exec.LookPath(emulator)
	if err != nil {
		lacking(t, err)
	}
	core, small := filepath.Join(home, "libexec", "tacit", "tacit-core"), filepath.Join(home, "small")
	script := func(program string) []byte {
		return []byte("#!/bin/sh\nexec " + path + " " + program + ` "$@"` + "\n")
	}
	err = errors.Join(os.Rename(core, core+".real"), os.WriteFile(core, script(core+".real"), 0o755),
		os.WriteFile(small, script(filepath.Join(home, "libexec", "tacit", "tacit")), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	return small
}

func workingFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A root is a system with a shell, a user and the database of dpkg, and nothing else.
type root struct {
	t   *testing.T
	dir string
}

func newRoot(t *testing.T) root {
	t.Helper()
	r := root{t, t.TempDir()}
	does(t, exec.Command("sh", "-eu", "-c", `
chmod 755 "$1"
cd "$1"
mkdir -p bin dev proc etc usr/bin tmp home var/lib/dpkg/info var/lib/dpkg/updates
touch var/lib/dpkg/status
mknod -m 666 dev/null c 1 3
cp "$(command -v busybox)" bin/busybox
for applet in sh ls cat mkdir cp grep rm printf; do ln -s busybox "bin/$applet"; done
echo 'user:x:1000:1000::/home:/bin/sh' > etc/passwd
cp "$2" job.sh
chown 1000:1000 home
touch usr/bin/of-another-package # dpkg removes folders that become empty
`, "sh", r.dir, filepath.Join(workingFolder(t), "testdata", "packages", "job.sh")))
	return r
}

// dpkg installs and removes there. The package has no scripts to run.
func (r root) dpkg(args ...string) {
	r.t.Helper()
	does(r.t, exec.Command("dpkg", append([]string{"--root=" + r.dir, "--force-not-root", "--force-bad-path"}, args...)...))
}

// user runs commands there as an ordinary user.
func (r root) user(script string) string {
	r.t.Helper()
	cmd := exec.Command("unshare", "--mount", "--pid", "--fork", "sh", "-eu", "-c",
		`mount -t proc proc "$1/proc" && exec chroot --userspec=1000:1000 "$1" /bin/sh -eu -c "cd && $2"`, "sh", r.dir, script)
	cmd.Env = []string{"HOME=/home", "PATH=/usr/bin:/bin:/usr/sbin:/sbin"}
	return does(r.t, cmd)
}

// holds looks at what a person finds there later: the units, whose programs are there,
// and the helper for servers, which tacit starts. Nothing listens at the address.
func (r root) holds() {
	r.t.Helper()
	units, err := filepath.Glob(filepath.Join(r.dir, "usr", "lib", "systemd", "*", "tacit*"))
	if err != nil || len(units) != 4 {
		r.t.Errorf("units: %v, %v", units, err)
	}
	for _, unit := range units {
		text := string(readFile(r.t, unit))
		if _, command, ok := strings.Cut(text, "ExecStart="); ok && !strings.HasPrefix(command, "/usr/bin/tacit ") || strings.Contains(text, "@") {
			r.t.Errorf("%s:\n%s", unit, text)
		}
	}
	said := r.user("tacit group create web --vault vault --all --yes --no-recovery --at nats://127.0.0.1:9 2>&1; tacit sync --vault vault 2>&1 || echo exit $?")
	if !strings.Contains(said, "nats: no servers available") || !strings.HasSuffix(said, "exit 11\n") {
		r.t.Errorf("a group over a server: %q", said)
	}
}

// files are all that lie there, apart from the user's own and dpkg's database.
func (r root) files() (list []string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		path = strings.TrimPrefix(path, r.dir)
		if err == nil && d.IsDir() && (path == "/home" || path == "/var") {
			return fs.SkipDir
		}
		list = append(list, path)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}
