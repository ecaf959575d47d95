package edit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

func TestEditorOf(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"vim.basic", "vim", "ed", "code-insiders"} {
		if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("vim.basic", filepath.Join(bin, "vi")); err != nil {
		t.Skip(err)
	}
	t.Setenv("PATH", bin)
	vim := "-f -n -i NONE -c silent! set noswapfile nobackup nowritebackup noundofile viminfo="
	code := "--wait --new-window --disable-extensions --user-data-dir " + filepath.Join("F", "code")
	for _, c := range []struct{ term, visual, editor, want string }{
		{"xterm", "", "", "vi " + vim + " FILE"},
		{"xterm", "ed", "vim", "ed FILE"},
		{"xterm", "", "vim", "vim " + vim + " FILE"},
		{"dumb", "vim", "ed", "ed FILE"},
		{"xterm", "", "vim -u x", "vim -u x " + vim + " FILE"},
		{"xterm", "", "X=1 vim", `sh -c X=1 vim "$@" X=1 vim ` + vim + " FILE"},
		{"xterm", "", `"vim" '-u'`, `sh -c "vim" '-u' "$@" "vim" '-u' ` + vim + " FILE"},
		{"xterm", "", "code-insiders --wait", "code-insiders --wait " + code + " FILE"},
	} {
		env := map[string]string{"TERM": c.term, "VISUAL": c.visual, "EDITOR": c.editor}
		e, err := findEditor(func(name string) string { return env[name] }, "F")
		if got := strings.Join(e.command("FILE"), " "); err != nil || got != c.want {
			t.Errorf("%v: %q, %v; want %q", c, got, err, c.want)
		}
	}
	for env, exit := range map[string]int{"": failure.ExitUsage, "none": failure.ExitNoCommand} {
		if _, err := findEditor(func(name string) string { return map[string]string{"EDITOR": env}[name] }, "F"); failure.Explain(err).Exit != exit {
			t.Errorf("EDITOR=%q: %v", env, err)
		}
	}
}

func TestQuietFlags(t *testing.T) {
	for _, known := range []string{"vim", "nvim", "nano", "emacs", "micro", "hx", "kak", "code", "vim.tiny", "emacs-28.2", "nvim.appimage"} {
		if _, ok := quietFlags(editorKind(known), "F"); !ok {
			t.Errorf("%s is not known", known)
		}
	}
	for _, unknown := range []string{"", "ed", "emacsclient", "busybox", "pico"} {
		if flags, ok := quietFlags(editorKind(unknown), "F"); ok || len(flags) > 0 {
			t.Errorf("%s is taken for an editor that it is not", unknown)
		}
	}
	if flags, _ := quietFlags("nvim", "F"); slices.Contains(flags, "-f") {
		t.Error("nvim has no -f")
	}
}
