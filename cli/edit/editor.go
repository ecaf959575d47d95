package edit

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/run"
)

// An editor is the user's, as it is to be run.
type editor struct {
	text  string   // what $VISUAL or $EDITOR says
	flags []string // what keeps it from writing elsewhere
	known bool     // it is one that the flags are for
}

// forShell are the characters that an editor is handed to the shell for. git has
// blanks among them; what is split at blanks alone, the shell splits in the same
// way, and without it a signal reaches the editor itself.
const forShell = "|&;<>()$`\\\"'\n*?[#~=%"

// findEditor takes the editor as git does: $VISUAL, except on a dumb terminal,
// else $EDITOR, else vi. folder is where the file will lie.
func findEditor(env func(string) string, folder string) (editor, error) {
	dumb := env("TERM") == "" || env("TERM") == "dumb"
	text := env("VISUAL")
	if text == "" || dumb {
		text = env("EDITOR")
	}
	if strings.TrimSpace(text) == "" {
		if dumb {
			return editor{}, failure.Usage("edit: the terminal is dumb, and EDITOR is not set").Hinted("EDITOR=nano {tacit edit} …; or: {tacit get NAME} | some-command | {tacit set NAME}")
		}
		text = "vi"
	}
	e := editor{text: text}
	e.flags, e.known = quietFlags(programOf(text), folder)
	if words := e.words(); words != nil {
		if _, err := exec.LookPath(words[0]); err != nil {
			return e, noEditor(words[0], err)
		}
	}
	return e, nil
}

// noEditor is an editor that could not be started.
func noEditor(text string, err error) error {
	f := failure.Explain(run.NoCommand(text, err))
	f.Message = "edit" + strings.TrimPrefix(f.Message, "run")
	return f.Hinted("set EDITOR to an installed editor")
}

// words are the words of an editor, nil where only the shell can tell.
func (e editor) words() []string {
	if strings.ContainsAny(e.text, forShell) {
		return nil
	}
	return strings.Fields(e.text)
}

// command is the command line for a file. The shell is given it as an argument of
// its own, as git does.
func (e editor) command(path string) []string {
	command := e.words()
	if command == nil {
		command = []string{"sh", "-c", e.text + ` "$@"`, e.text}
	}
	return append(append(command, e.flags...), path)
}

// programOf is the name of the program that an editor's text begins with, links
// such as Debian's alternatives followed: "vim" for "vi" that is one. What it
// does not understand is no known editor, which is run all the same.
func programOf(text string) string {
	for _, word := range strings.Fields(text) {
		word = strings.Trim(word, `"'`)
		if isAssignment(word) || word == "env" || word == "exec" {
			continue
		}
		if path, err := exec.LookPath(word); err == nil {
			word = path
			if real, err := filepath.EvalSymlinks(path); err == nil {
				word = real
			}
		}
		return editorKind(filepath.Base(word))
	}
	return ""
}

// isAssignment tells whether a word of a command line sets a variable.
func isAssignment(word string) bool {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`).MatchString(word)
}

// editorKind takes from a program's file name how it was built: vim.basic,
// emacs-28.2, nvim.appimage, code-insiders.
func editorKind(base string) string {
	if i := strings.IndexAny(base, ".-0123456789"); i > 0 {
		base = base[:i]
	}
	return base
}

// quietFlags are what keeps an editor from leaving copies elsewhere than beside
// the file: swap and backup files, undo, registers, and what it remembers
// between two runs. They are the editors' documented flags and take effect after
// the user's own settings. What an editor leaves beside the file goes with the
// folder. known is false for an editor that we cannot speak for.
func quietFlags(program, folder string) (flags []string, known bool) {
	switch program {
	case "vim", "gvim", "mvim", "vimx", "nvim":
		flags = []string{
			"-n", "-i", "NONE",
			"-c", "silent! set noswapfile nobackup nowritebackup noundofile viminfo=",
		}
		if program != "nvim" {
			flags = append([]string{"-f"}, flags...) // with a window of its own it would return at once
		}
		return flags, true
	case "nano", "rnano":
		// Backups and histories are switched on in its files and nowhere off.
		return []string{"--ignorercfiles", "--nonewlines"}, true
	case "emacs":
		return []string{"--eval", quietEmacs}, true
	case "micro":
		return []string{
			"-backup", "false", "-permbackup", "false", "-saveundo", "false", "-savecursor", "false",
			"-savehistory", "false", "-eofnewline", "false",
		}, true
	case "hx", "helix", "kak":
		return nil, true // they write nothing but the file
	case "code", "codium", "vscodium":
		// Unsaved text, the history of a file and extensions' data lie in its data folder.
		return []string{"--wait", "--new-window", "--disable-extensions", "--user-data-dir", filepath.Join(folder, "code")}, true
	}
	return nil, false
}

const quietEmacs = `(progn
 (setq make-backup-files nil auto-save-default nil create-lockfiles nil auto-save-list-file-prefix nil
       undo-tree-auto-save-history nil savehist-additional-variables nil)
 (savehist-mode -1) (desktop-save-mode -1))`
