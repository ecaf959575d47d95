package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

const (
	// maxEntryFile is the largest file of a store that is read, in bytes: the
	// largest value, armored.
	maxEntryFile = 8 << 20
	// storeWorkers open entries at a time. gpg-agent decrypts one at a time,
	// while gpg itself starts up beside it.
	storeWorkers = 2
)

// opener opens one file of a store.
type opener func(ctx context.Context, f transfer.File, data []byte) ([]byte, error)

// entryReader makes items of what was in a file.
type entryReader func(f transfer.File, body []byte) (transfer.Result, error)

// readStore reads a folder of a file a secret: all of it, or an error.
func readStore(ctx context.Context, s *frame.Session, from source, suffixes []string, open opener, read entryReader) (transfer.Result, error) {
	root, err := from.folder()
	if err != nil {
		return transfer.Result{}, err
	}
	defer root.Close()
	files, skipped, err := transfer.Files(ctx, root.FS(), suffixes...)
	if err != nil {
		return transfer.Result{}, textform.TransferError("import "+from.String(), err)
	}
	if len(files) == 0 {
		return transfer.Result{}, failure.Fault(vault.NotFound, "import: there is nothing of %s in %s", from.format, failure.Printable(from.path)).
			Hinted("{tacit import %s FOLDER}", from.format)
	}
	job := storeJob{s: s, root: root, files: files, open: open, read: read, results: make([]transfer.Result, len(files))}
	err = job.run(ctx)
	all := transfer.Result{Skipped: skipped}
	for _, r := range job.results {
		all.Items = append(all.Items, r.Items...)
		all.Skipped = append(all.Skipped, r.Skipped...)
	}
	return all, err
}

// storeJob opens the files of a store, several at a time.
type storeJob struct {
	s       *frame.Session
	root    *os.Root
	files   []transfer.File
	open    opener
	read    entryReader
	results []transfer.Result

	mu   sync.Mutex // guards what is below
	next int
	done int
	err  error
}

// run opens the first file alone: what has to be asked is asked once.
func (j *storeJob) run(ctx context.Context) error {
	bar := j.s.Progress("reading")
	defer bar.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j.one(ctx, cancel, bar)
	var wg sync.WaitGroup
	for range storeWorkers {
		wg.Go(func() {
			for j.one(ctx, cancel, bar) {
			}
		})
	}
	wg.Wait()
	return j.err
}

// one opens the next file, and tells whether there may be another.
func (j *storeJob) one(ctx context.Context, cancel func(), bar *terminal.Progress) bool {
	j.mu.Lock()
	i := j.next
	j.next++
	stop := j.err != nil || i >= len(j.files)
	j.mu.Unlock()
	if stop {
		return false
	}
	result, err := j.entry(ctx, j.files[i])
	j.mu.Lock()
	defer j.mu.Unlock()
	j.results[i] = result
	if err != nil && j.err == nil {
		j.err = err
		cancel()
	}
	j.done++
	bar.Update(j.done, len(j.files))
	return err == nil
}

func (j *storeJob) entry(ctx context.Context, f transfer.File) (r transfer.Result, err error) {
	if err := ctx.Err(); err != nil {
		return r, err
	}
	data, err := readEntry(j.root, f)
	if err != nil {
		return r, err
	}
	body, err := j.open(ctx, f, data)
	if err != nil {
		return r, err
	}
	defer clear(body)
	r, err = j.read(f, body)
	if err != nil {
		return r, textform.TransferError("import "+failure.Printable(f.Path), err)
	}
	return tooLong(r), nil
}

// readEntry reads a file, where it is still one, inside the store.
func readEntry(root *os.Root, f transfer.File) ([]byte, error) {
	file, err := root.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return nil, failure.FileError("reading", failure.Printable(f.Path), err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, failure.FileError("reading", failure.Printable(f.Path), errors.Join(err, fs.ErrInvalid))
	}
	data, err := io.ReadAll(io.LimitReader(file, maxEntryFile+1))
	switch {
	case err != nil:
		return nil, failure.FileError("reading", failure.Printable(f.Path), err)
	case len(data) > maxEntryFile:
		return nil, failure.Fault(vault.InvalidValue, "import %s: the file is over the limit of %d MiB", failure.Printable(f.Path), maxEntryFile>>20).
			Hinted("move it out of the store; a vault keeps secrets, not files")
	}
	return data, nil
}

// tooLong leaves out what no vault takes.
func tooLong(r transfer.Result) transfer.Result {
	kept := r.Items[:0]
	for _, item := range r.Items {
		if n := item.Value.Units(); n > vault.MaxValueLimit {
			r.Skipped = append(r.Skipped, transfer.Skipped{Name: item.Source(), Reason: fmt.Sprintf("%d characters, at most %d", n, vault.MaxValueLimit)})
			item.Value.Wipe()
			continue
		}
		kept = append(kept, item)
	}
	r.Items = kept
	return r
}

// opener opens age files with the identities in the files that
// --from-identity names, else in those that are the format's own.
func (k *keyFlags) opener(s *frame.Session, format string, own ...string) (opener, error) {
	paths := k.identities.Value()
	if len(paths) == 0 {
		paths = own
	}
	if len(paths) == 0 {
		return nil, failure.Usage("import %s: which key opens it?", format).Hinted("--from-identity FILE")
	}
	var identities []keyring.Identity
	for _, path := range paths {
		i, err := keyring.IdentityFile(path, k.fileOptions(s))
		if err != nil {
			return nil, frame.KeyError(err).Hinted("--from-identity FILE names another")
		}
		identities = append(identities, i)
	}
	return openWith(keyring.NewOpener(identities...)), nil
}

// fileOptions say how the identity files of another tool are used.
func (k *keyFlags) fileOptions(s *frame.Session) keyring.FileOptions {
	o := frame.FileOptions(s)
	o.Ask = sourceAsker{frame.Asker{S: s}, k.passphraseFile}
	return o
}

func openWith(keys *keyring.Opener) opener {
	return func(ctx context.Context, f transfer.File, data []byte) ([]byte, error) {
		body, err := keys.Open(ctx, data, frame.MaxInput)
		if err == nil {
			return body, nil
		}
		return nil, sourceError(f.Path, err)
	}
}

// sourceError is a file of a store that could not be opened.
func sourceError(path string, err error) *failure.Failure {
	path = failure.Printable(path)
	var said *failure.Failure
	var se *vault.SecretError
	switch {
	case errors.As(err, &said), errors.As(err, &se): // of the vault, before it was asked
		return failure.Explain(err)
	case errors.Is(err, context.Canceled):
		return failure.Explain(err)
	case errors.Is(err, keyring.ErrWrongKey):
		return failure.Fault(vault.WrongKey, "import %s: %v", path, err).Hinted("--from-identity FILE names the key; nothing was stored")
	case errors.Is(err, keyring.ErrUnavailable), errors.Is(err, keyring.ErrEmpty):
		return frame.KeyError(fmt.Errorf("import %s: %w", path, err)).Hinted("--from-passphrase-file FILE; nothing was stored")
	}
	return failure.Fault(vault.InvalidValue, "import %s: %v", path, err).Hinted("nothing was stored")
}

// sourceAsker answers with the passphrase in a file, where one is given.
type sourceAsker struct {
	frame.Asker
	file string
}

func (a sourceAsker) Secret(ctx context.Context, question string) ([]byte, error) {
	if a.file == "" {
		if err := a.S.LookFirst(ctx); err != nil {
			return nil, err
		}
		return a.Asker.Secret(ctx, question)
	}
	return keyring.PassphraseFile(a.file)
}
