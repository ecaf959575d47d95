package edit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// A desk is where one edit command works: the file in memory, and what the vault
// held when it was read.
type desk struct {
	s      *frame.Session
	o      editOptions
	vigil  *vigil
	place  string
	folder *system.MemoryFolder
	editor editor
	view   view
	marks  map[string]mark

	secrets []vault.Secret // as they were read; views are made of their bytes
}

func (d *desk) wipe() {
	for _, secret := range d.secrets {
		secret.Value.Wipe()
	}
}

// A mark is what a name was when it was read.
type mark struct {
	version uint64
	there   bool
	env     string // where it was read, of several environments
}

// condition asks that a secret is still what it was.
func (m mark) condition() vault.Condition {
	if m.there {
		return vault.AtVersion(m.version)
	}
	return vault.Absent
}

func (d *desk) path() string { return filepath.Join(d.folder.Path, d.view.file()) }

// write puts the text into the file that is edited.
func (d *desk) write() error {
	text, err := d.view.text()
	if err != nil {
		return err
	}
	defer clear(text)
	return writeInMemory(d.path(), text)
}

func writeInMemory(path string, text []byte) error {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return failure.FileError("writing", path, err)
	}
	return nil
}

// maxEdited is one byte more than any format takes, so that it can refuse.
const maxEdited = 64<<20 + 1

// read reads what the editor has left. It follows no link out of the folder, and
// waits for no pipe.
func (d *desk) read() ([]byte, error) {
	root, err := os.OpenRoot(d.folder.Path)
	if err != nil {
		return nil, failure.FileError("reading", d.folder.Path, err)
	}
	defer root.Close()
	info, err := root.Stat(d.view.file())
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file any more")
	}
	if err != nil {
		return nil, failure.FileError("reading", d.path(), err)
	}
	f, err := root.Open(d.view.file())
	if err != nil {
		return nil, failure.FileError("reading", d.path(), err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxEdited))
	if err != nil {
		return nil, failure.FileError("reading", d.path(), err)
	}
	return text, nil
}

// work lets the user edit until it is stored, or given up.
func (d *desk) work(ctx context.Context) error {
	if !d.editor.known {
		d.s.Note("tacit does not know this editor: it may keep copies of what it shows")
	}
	for {
		if err := runEditor(ctx, d.s, d.vigil, d.editor, d.folder.Path, d.path()); err != nil {
			return err
		}
		again, err := d.take(ctx)
		if err != nil || !again {
			return err
		}
	}
}

// take stores what the editor has left, or tells that it is to be edited again.
func (d *desk) take(ctx context.Context) (again bool, err error) {
	text, err := d.read()
	if err != nil {
		return false, err
	}
	defer clear(text)
	edits, err := d.view.edits(text)
	if err != nil {
		return d.refused(ctx, err)
	}
	defer wipeEdits(edits)
	if len(edits) == 0 {
		d.s.Say("%s nothing was changed", frame.Unchanged)
		return false, d.tell(nil, nil)
	}
	if again, err := d.confirm(ctx, edits); err != nil || again {
		return again, err
	}
	infos, err := d.apply(ctx, edits)
	if err != nil {
		return d.unstored(ctx, text, edits, err)
	}
	return false, d.tell(edits, infos)
}

func wipeEdits(edits []edit) {
	for _, e := range edits {
		e.value.Wipe()
	}
}

// applyTo stores edits in one vault, all or none.
func (d *desk) applyTo(ctx context.Context, s *frame.Session, edits []edit) (infos []vault.Info, err error) {
	var changes []vault.Change
	for _, e := range edits {
		m := d.marks[e.name]
		if e.did == removed && !m.there {
			continue // somebody else has removed it meanwhile, and that was told
		}
		changes = append(changes, vault.Change{Name: e.name, Value: e.value, Delete: e.did == removed, If: m.condition(), SkipSame: !d.o.force})
	}
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		infos, err = v.Apply(ctx, changes, nil)
		return failure.During("edit", err)
	})
	return infos, err
}

// confirm shows what is to be done with many secrets, and asks.
func (d *desk) confirm(ctx context.Context, edits []edit) (again bool, err error) {
	if !d.o.many() {
		return false, nil
	}
	for _, e := range edits {
		d.s.Say("%-7s  %s", e.did, e.name)
	}
	if d.o.yes {
		return false, nil
	}
	answer, err := d.choose(ctx, "Store this? y: yes, e: edit again, n: no [n] ", "y", "e", "n")
	switch {
	case err != nil:
		return false, err
	case answer == "e":
		return true, nil
	case answer == "y":
		return false, nil
	}
	return false, &failure.Failure{Code: "refused", Exit: failure.ExitOther, Message: "not confirmed; nothing was changed"}
}

// choose asks for one of several letters, or the word that begins with it; the
// last one stands for Enter.
func (d *desk) choose(ctx context.Context, question string, letters ...string) (string, error) {
	tty, ok := d.s.Terminal()
	if !ok {
		return letters[len(letters)-1], nil
	}
	defer tty.Close()
	for {
		answer, err := terminal.AskLine(ctx, tty, question)
		if err != nil {
			return "", err
		}
		if answer == "" {
			return letters[len(letters)-1], nil
		}
		for _, l := range letters {
			if answer[:1] == l {
				return l, nil
			}
		}
	}
}

// refused is a text that means nothing. It can be edited again.
func (d *desk) refused(ctx context.Context, err error) (again bool, _ error) {
	if !d.s.Askable() {
		f := *failure.Explain(err)
		f.Message += "; nothing was stored"
		return false, &f
	}
	code := d.s.Report(err)
	answer, err := d.choose(ctx, "e: edit again, d: drop what you typed [e] ", "d", "e")
	if err != nil || answer == "e" {
		return err == nil, err
	}
	return false, failure.ExitStatus(code) // it has been said why
}

// unstored is a text that is in order and could not be stored. It is not lost: it
// is edited again, over what others have written meanwhile, or kept.
func (d *desk) unstored(ctx context.Context, text []byte, edits []edit, err error) (again bool, _ error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if !d.s.Askable() {
		return false, d.keep(text, err)
	}
	code := d.s.Report(err)
	answer, askErr := d.choose(ctx, "e: edit again, k: keep what you typed, in memory, d: drop it [k] ", "e", "d", "k")
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case askErr != nil || answer == "k":
		kept := d.keep(text, err)
		d.s.Say("%s", failure.Explain(kept).Words())
		return false, failure.ExitStatus(code)
	case answer == "d":
		return false, failure.ExitStatus(code)
	}
	if err := d.again(ctx, edits); err != nil {
		return false, d.keep(text, err)
	}
	return true, nil
}

// again takes note of what others have made of the secrets that were edited: who
// edits again has been told, and is not stopped by it a second time.
func (d *desk) again(ctx context.Context, edits []edit) error {
	for env, of := range d.byEnv(edits) {
		s := d.s
		if env != "" {
			s = frame.Within(s, env)
		}
		if err := d.lookAgain(ctx, s, env, of); err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) lookAgain(ctx context.Context, s *frame.Session, env string, edits []edit) error {
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	for _, e := range edits {
		secret, err := v.Read(ctx, e.name)
		if err != nil && !errors.Is(err, vault.NotFound) {
			return err
		}
		secret.Value.Wipe()
		d.marks[e.name] = mark{secret.Version, err == nil, env}
	}
	return nil
}

// keep puts what was typed where no later command takes it away, and says so in
// the failure that is the reason.
func (d *desk) keep(text []byte, reason error) error {
	f := *failure.Explain(reason)
	folder, err := system.NewMemoryFolder(d.place, system.KeptFolder)
	if err != nil {
		return errors.Join(reason, err)
	}
	defer folder.Lock.Close()
	path := filepath.Join(folder.Path, d.view.file())
	if err := writeInMemory(path, d.view.kept(text)); err != nil {
		_ = folder.Remove()
		return errors.Join(reason, err)
	}
	return f.Hinted("what you typed is kept in memory; to store it: %s && rm -r %s", d.view.left(shell.QuotePath(path)), shell.QuotePath(folder.Path))
}

// editJSON is what an edit did.
type editJSON struct {
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// tell says what was stored.
func (d *desk) tell(edits []edit, infos []vault.Info) error {
	j := editJSON{Added: []string{}, Changed: []string{}, Removed: []string{}}
	same := map[string]bool{} // what somebody else has made of them meanwhile
	for _, info := range infos {
		same[info.Name] = info.Unchanged
	}
	for _, e := range edits {
		switch did := e.did; {
		case same[e.name]:
		case did == added:
			j.Added = append(j.Added, e.name)
		case did == changed:
			j.Changed = append(j.Changed, e.name)
		case did == removed:
			j.Removed = append(j.Removed, e.name)
		}
	}
	switch {
	case d.s.JSON:
		return d.s.WriteJSON(j)
	case len(edits) == 0:
	case d.o.many():
		d.s.Say("%s", fmt.Sprintf("stored: %d added, %d changed, %d removed%s", len(j.Added), len(j.Changed), len(j.Removed), d.s.InVault()))
	case len(infos) > 0 && infos[0].Unchanged:
		d.s.Did("%s %s, version %d%s", frame.Unchanged, infos[0].Name, infos[0].Version, d.s.InVault())
	case len(infos) > 0:
		d.s.Did("stored %s, version %d%s", infos[0].Name, infos[0].Version, d.s.InVault())
	}
	return nil
}
