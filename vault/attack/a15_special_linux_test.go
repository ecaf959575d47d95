package attack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/vault"
)

// special is A15: something else stands where a file or a folder should.
var special = attack{"A15", "links, modes, pipes, sockets, races", []kind{
	{name: "symbolic link to an honest copy", do: func(v *victim) want { return v.replaced(v.linkToCopy) }},
	{name: "symbolic link to nothing", do: func(v *victim) want {
		return v.replaced(func(path string) error { return os.Symlink(filepath.Join(v.root, "outside", "nothing"), path) })
	}},
	{name: "symbolic link to a file of the user's", do: func(v *victim) want {
		return v.replaced(func(path string) error { return os.Symlink(v.mine(), path) })
	}},
	{name: "pipe", do: func(v *victim) want {
		return v.replaced(func(path string) error { return unix.Mkfifo(path, 0o600) })
	}},
	{name: "socket", do: func(v *victim) want {
		return v.replaced(func(path string) error {
			// By a short name: those of sockets are.
			l, err := net.Listen("unix", filepath.Join(v.root, "s"))
			if err != nil {
				return err
			}
			l.(*net.UnixListener).SetUnlinkOnClose(false)
			return errors.Join(l.Close(), os.Rename(filepath.Join(v.root, "s"), path))
		})
	}},
	{name: "folder", do: func(v *victim) want {
		return v.replaced(func(path string) error { return os.MkdirAll(filepath.Join(path, "x"), 0o700) })
	}},
	{name: "device", do: func(v *victim) want {
		if os.Geteuid() != 0 {
			return want{}
		}
		return v.replaced(func(path string) error { return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) })
	}},
	{name: "hard link to an honest copy", do: func(v *victim) want { return v.replaced(v.hardLink) }},
	{name: "hard link to a file of the user's", do: func(v *victim) want {
		return v.replaced(func(path string) error { return os.Link(v.mine(), path) })
	}},
	{name: "hard link of another name", do: func(v *victim) want { return v.planted(func(path string) error { return os.Link(v.mine(), path) }) }},
	{name: "symbolic link of another name", do: func(v *victim) want {
		return v.planted(func(path string) error { return os.Symlink(v.mine(), path) })
	}},
	{name: "pipe of another name", do: func(v *victim) want {
		return v.planted(func(path string) error { return unix.Mkfifo(path, 0o600) })
	}},
	{name: "modes", do: func(v *victim) want {
		return v.observed(func() string {
			path := v.anything()
			mode := []os.FileMode{0, 0o777, 0o666, 0o400, 0o750, 0o701}[v.rng.IntN(6)]
			v.must(os.Chmod(path, mode))
			return fmt.Sprintf("%s with mode %04o", path, mode)
		})
	}},
	{name: "race", do: (*victim).race},
	{name: "lock exchanged under a writer", do: (*victim).exchangedLock},
	{name: "folder exchanged under a writer", do: (*victim).exchangedFolder},
}}

// mine is a file of the user's, outside of the vault, in a folder of its own.
func (v *victim) mine() string {
	path := filepath.Join(v.root, "outside", "mine")
	v.must(os.MkdirAll(filepath.Dir(path), 0o700))
	// Long enough, and a multiple of 16, to be taken for what Badger maps.
	b := []byte("-- mine --\n")
	if v.rng.IntN(2) == 0 {
		b = append(make([]byte, 16), make([]byte, 1<<20-16)...)
	}
	if _, err := os.Lstat(path); err != nil {
		v.must(os.WriteFile(path, b, 0o600))
	}
	return path
}

// outside is what lies outside of the vault, and must stay so.
func (v *victim) outside1() map[string]string {
	is := map[string]string{}
	v.must(filepath.WalkDir(filepath.Join(v.root, "outside"), func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			is[path] = "(a " + d.Type().String() + ")"
			return err
		}
		b, err := os.ReadFile(path)
		is[path] = string(b)
		return err
	}))
	return is
}

// anything is one of the vault's files and folders, the folder itself included.
func (v *victim) anything() string {
	var all []string
	v.must(filepath.WalkDir(v.dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	}))
	return all[v.rng.IntN(len(all))]
}

// linkToCopy puts a link to a copy of what was there in its place.
func (v *victim) linkToCopy(path string) error {
	return os.Symlink(v.copied(path), path)
}

// copied is an honest copy of what stands at a path, outside of the vault.
func (v *victim) copied(path string) string {
	rel, err := filepath.Rel(v.dir, path)
	v.must(err)
	outside := filepath.Join(v.root, "outside", "vault")
	copyTree(v.t, v.present().dir, outside)
	v.must(copyFile(filepath.Join(outside, "VAULT"), filepath.Join(outside, "ballast")))
	return filepath.Join(outside, rel)
}

func (v *victim) hardLink(path string) error {
	from := v.copied(path)
	if fi, err := os.Lstat(from); err != nil || fi.IsDir() {
		return os.Symlink(from, path) // folders cannot be linked so
	}
	return os.Link(from, path)
}

// replaced puts something else in the place of one of the vault's files or folders.
func (v *victim) replaced(with func(path string) error) want {
	return v.observed(func() string {
		path := v.anything()
		v.must(os.RemoveAll(path))
		v.must(with(path))
		return path
	})
}

// planted puts something where the vault, or its database, may make a file later.
func (v *victim) planted(with func(path string) error) want {
	return v.observed(func() string {
		names := []string{"VAULT.new", "slots/99-x.age", "slots/01-identity.age.new", "db.part", "db.aside", "db.new", "db.old"}
		for i := range 9 {
			names = append(names, fmt.Sprintf("db/%06d.sst", i+3), fmt.Sprintf("db/%05d.mem", i+1), fmt.Sprintf("db/%06d.vlog", i+2))
		}
		names = append(names, "db/LOCK", "db/MANIFEST-REWRITE", "db/DISCARD")
		path := filepath.Join(v.dir, names[v.rng.IntN(len(names))])
		v.must(os.RemoveAll(path))
		v.must(with(path))
		return path
	})
}

// observed has the program work on what change makes of the folder: as who runs
// the test and, where that is root, as an ordinary user in half of the runs.
func (v *victim) observed(change func() string) want {
	var as func(*exec.Cmd)
	if os.Geteuid() == 0 && v.rng.IntN(2) == 0 {
		as = v.ordinary()
	}
	return want{check: func(v *victim) {
		what := change()
		if as != nil {
			v.chown()
		}
		before := v.outside1()
		for _, line := range []string{"ls", "get " + liveA, "verify --full", "set " + liveB, "get " + liveB, "rm " + liveB, "rm --purge " + liveB + " --yes", "key remove none --yes"} {
			r := v.run(as, "canary-set", append(strings.Fields(line), "--vault", v.dir, "--identity", v.identity, "--state", v.state, "--no-input")...)
			if r.hung {
				v.t.Fatalf("%s: %s hangs", what, line)
			}
			if line == "get "+liveA && r.exit == 0 && r.out != v.truth[liveA].current().data {
				v.t.Errorf("%s: %s prints what is not the truth", what, line)
			}
			v.quiet(line, r.err)
		}
		after := v.outside1()
		for path, b := range after {
			if before[path] != b {
				v.t.Errorf("%s: %s was written", what, path)
			}
		}
		if len(after) != len(before) {
			v.t.Errorf("%s: there were %d files outside, there are %d", what, len(before), len(after))
		}
		v.mend()
	}}
}

// nobody is a user without rights.
const nobody = 65534

// ordinary has commands run as a user without rights, to whom the vault belongs.
func (v *victim) ordinary() func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

func (v *victim) chown() {
	v.must(os.MkdirAll(filepath.Join(v.root, "home"), 0o700))
	v.must(filepath.WalkDir(v.root, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	}))
}

// mend puts the folder back whatever stands there, and the memory of what the
// program has seen meanwhile.
func (v *victim) mend() {
	v.must(filepath.WalkDir(v.root, func(path string, _ os.DirEntry, err error) error {
		if os.Geteuid() == 0 {
			err = errors.Join(err, os.Lchown(path, 0, 0))
		}
		return err
	}))
	v.must(os.RemoveAll(v.dir))
	v.must(os.MkdirAll(v.dir, 0o700))
	v.must(os.RemoveAll(v.state))
	v.lay(v.present().dir)
}

// exchangedLock takes the lock file from under who has the vault open for writing:
// nobody else gets in, and what the first one writes is there.
func (v *victim) exchangedLock() want {
	return want{check: func(v *victim) {
		h, err := vault.Open(context.Background(), v.dir, v.options(writer))
		v.must(err)
		lock := filepath.Join(v.dir, "lock")
		switch v.rng.IntN(4) {
		case 0:
			v.must(os.Remove(lock))
		case 1:
			v.must(os.Rename(lock, lock+".away"))
		case 2:
			v.must(errors.Join(os.Remove(lock), os.WriteFile(lock, nil, 0o600)))
		case 3:
			v.must(errors.Join(os.WriteFile(lock+".new", nil, 0o600), os.Rename(lock+".new", lock)))
		}
		const busy = 9
		for _, line := range []string{"set " + liveB, "get " + liveA, "rm " + liveA, "verify"} {
			if r := v.tacit("canary-set", append(strings.Fields(line), "--wait", "0s")...); r.exit != busy {
				v.t.Errorf("%s beside a writer whose lock file was exchanged: exit %d, want %d: %s", line, r.exit, busy, r.err)
			}
		}
		_, err = h.Set(context.Background(), liveB, vault.Text("canary-held"))
		v.must(errors.Join(err, h.Close()))
		if r := v.tacit("", "get", liveB); r.exit != 0 || r.out != "canary-held" {
			v.t.Errorf("what the writer wrote: exit %d, %q", r.exit, r.out)
		}
		v.mend()
	}}
}

// exchangedFolder puts another vault in the place of one that is open for writing:
// nothing is committed, to neither of them.
func (v *victim) exchangedFolder() want {
	return want{check: func(v *victim) {
		h, err := vault.Open(context.Background(), v.dir, v.options(writer))
		v.must(err)
		away := v.dir + ".away"
		v.must(os.Rename(v.dir, away))
		copyTree(v.t, v.present().dir, v.dir)
		if _, err := h.Set(context.Background(), liveB, vault.Text("canary-held")); err == nil {
			v.t.Error("a write is acknowledged whose vault is not the one at its path any more")
		}
		_ = h.Close()
		unwritten := func() {
			if r := v.tacit("", "get", liveB); r.exit == 0 && r.out == "canary-held" {
				v.t.Error("the write is there that was refused")
			}
		}
		unwritten()
		v.must(errors.Join(os.RemoveAll(v.dir), os.Rename(away, v.dir)))
		unwritten()
		v.mend()
	}}
}

// race changes what a name stands for while the program runs.
func (v *victim) race() want {
	return want{check: func(v *victim) {
		targets := []string{"VAULT", "slots", "db", "lock", "db/MANIFEST", "db/KEYREGISTRY"}
		target := filepath.Join(v.dir, targets[v.rng.IntN(len(targets))])
		other := filepath.Join(v.root, "other-of-the-race")
		pipe := v.rng.IntN(2) == 0
		if pipe {
			v.must(unix.Mkfifo(other, 0o600))
		} else {
			v.must(os.Symlink(v.copied(target), other))
		}
		before := v.outside1()
		stop, stopped := make(chan bool), make(chan bool)
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
					unix.Renameat2(unix.AT_FDCWD, target, unix.AT_FDCWD, other, unix.RENAME_EXCHANGE)
					time.Sleep(time.Duration(20) * time.Microsecond)
				}
			}
		}()
		for i := range 12 {
			line := []string{"ls", "get " + liveA, "set " + liveB, "verify"}[i%4]
			r := v.tacit("canary-set", strings.Fields(line)...)
			if r.hung {
				v.t.Errorf("%s hangs where %s turns into a pipe (%v)", line, target, pipe)
				break
			}
			if line == "get "+liveA && r.exit == 0 && r.out != v.truth[liveA].current().data {
				v.t.Errorf("%s prints what is not the truth", line)
			}
		}
		close(stop)
		<-stopped
		for path, b := range v.outside1() {
			if before[path] != b {
				v.t.Errorf("%s was written while %s turned into a link", path, target)
			}
		}
		v.mend()
	}}
}
