package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestForeign runs the scripts that hold tacit against software that is not
// ours. What is not installed is skipped; where TACIT_TEST_FOREIGN is set, as
// in CI, that is a failure. A short run without that variable does none of them.
//
//	TACIT_TEST_AGE      an age of version 1.3 or newer
//	TACIT_TEST_OLD_AGE  Debian's age 1.1.1; may be missing
//	TACIT_TEST_GIT      the folder t of git's source, of the installed version
//	TACIT_TEST_NPM      a node_modules with age-encryption, typescript,
//	                    big-list-of-naughty-strings and liveperson-functions-cli
func TestForeign(t *testing.T) {
	t.Parallel()
	if testing.Short() && os.Getenv("TACIT_TEST_FOREIGN") == "" {
		t.Skip("other people's software is for the long run")
	}
	if os.Getenv("TACIT_TEST_FOREIGN") != "" {
		for _, name := range []string{"TACIT_TEST_AGE", "TACIT_TEST_NPM"} {
			if os.Getenv(name) == "" {
				t.Fatalf("%s is not set", name)
			}
		}
		if runtime.GOOS == "linux" {
			for _, name := range []string{
				"ssh-keygen", "age-plugin-batchpass", "swtpm", "dbus-run-session", "gnome-keyring-daemon", "secret-tool",
				"systemd-creds", "systemd-socket-activate", "curl", "gdb", "setpriv", "gpg", "pass",
				"keepassxc-cli",
			} {
				if _, err := exec.LookPath(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "foreign"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("CARVE", filepath.Join(root, "cli", "help", "recovery", "carve.py"))
			e.Setenv("DOCS", filepath.Join(root, "docs"))
			e.Setenv("NODE_CLIENT", filepath.Join(root, "vault", "node"))
			for _, name := range []string{"TACIT_TEST_AGE", "TACIT_TEST_OLD_AGE", "TACIT_TEST_NPM", "TACIT_TEST_GIT"} {
				e.Setenv(name, os.Getenv(name))
			}
			return setupScript(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"for-suites": cmdForSuites, "exits": cmdExits, "awaits": cmdAwaits,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "age":
				return os.Getenv("TACIT_TEST_AGE") != "", nil
			case "npm":
				return os.Getenv("TACIT_TEST_NPM") != "", nil
			case "others":
				return otherUsers(), nil
			case "gitsuite":
				return os.Getenv("TACIT_TEST_GIT") != "", nil
			case "servicemanager":
				// Only root may, and not in every container.
				_, err := os.Stat("/lib/systemd/systemd")
				return err == nil && ownMounts(), nil
			case "mounts": // nor may anybody else mount, even in mounts of their own
				return ownMounts(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// cmdForSuites recovers a vault of each suite with each age that knows it.
func cmdForSuites(ts *testscript.TestScript, _ bool, suites []string) {
	for _, suite := range suites {
		ts.Check(ts.Exec("sh", "carve.sh", suite, os.Getenv("TACIT_TEST_AGE")))
	}
	if old := os.Getenv("TACIT_TEST_OLD_AGE"); old != "" {
		ts.Check(os.RemoveAll(ts.MkAbs("x25519")))
		ts.Check(os.RemoveAll(ts.MkAbs("want.x25519")))
		ts.Check(ts.Exec("sh", "carve.sh", "x25519", old))
	}
}

// otherUsers tells whether this is root, who can be others, in a folder that they get to.
func otherUsers() bool {
	return exec.Command("setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", "test", "-x", os.TempDir()).Run() == nil
}

// ownMounts tells whether mounts can be had that nobody else sees.
func ownMounts() bool {
	return exec.Command("unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/run").Run() == nil
}
