package transfer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Limits of a folder in which a tool keeps a file a secret.
const (
	maxEntries     = 100_000 // files and folders, links that are followed among them
	maxFolderDepth = 64
)

// File is a file of a folder in which a tool keeps a file a secret.
type File struct {
	Path string // in the folder, with slashes
	Name string // the same without its suffix
}

// Files lists the files below a folder whose names end in one of the suffixes,
// sorted; the suffix "" is any. Names that begin with a dot are the tool's own
// (.git, .gpg-id) unless they end so. A link is followed where root lets it lead;
// links that lead out of root, to nothing, or to a folder that they are in, and
// files with other names, are told in Skipped. More than 100,000 entries, or 64
// levels, is an error wrapping [ErrLimit].
func Files(ctx context.Context, root fs.FS, suffixes ...string) ([]File, []Skipped, error) {
	w := walker{ctx: ctx, root: root, suffixes: suffixes}
	top, err := fs.Stat(root, ".")
	if err != nil {
		return nil, nil, err
	}
	if err := w.folder(".", []fs.FileInfo{top}); err != nil {
		return nil, nil, err
	}
	return w.files, w.skipped, nil
}

type walker struct {
	ctx      context.Context
	root     fs.FS
	suffixes []string
	entries  int
	files    []File
	skipped  []Skipped
}

func (w *walker) skip(name, reason string) {
	w.skipped = append(w.skipped, Skipped{Name: name, Reason: reason})
}

// folder lists a folder; above are it and the folders that it is in.
func (w *walker) folder(dir string, above []fs.FileInfo) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if len(above) > maxFolderDepth {
		return fail(ErrLimit, 0, "%s: more than %d folders deep", printable(dir), maxFolderDepth)
	}
	entries, err := fs.ReadDir(w.root, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if w.entries++; w.entries > maxEntries {
			return fail(ErrLimit, 0, "more than %d files and folders", maxEntries)
		}
		if err := w.entry(path.Join(dir, e.Name()), e, above); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) entry(name string, e fs.DirEntry, above []fs.FileInfo) error {
	hidden := strings.HasPrefix(e.Name(), ".")
	base, wanted := w.match(e.Name())
	if hidden && (!wanted || e.IsDir()) {
		return nil
	}
	info, err := fs.Stat(w.root, name)
	switch {
	case err != nil && e.Type()&fs.ModeSymlink != 0:
		w.skip(name, "a link that leads nowhere, or out of the folder")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil: // gone since it was listed
		w.skip(name, "it is not there any more")
	case info.IsDir() && hidden:
	case info.IsDir() && slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }):
		w.skip(name, "a link to a folder that it is in")
	case info.IsDir():
		return w.folder(name, append(slices.Clip(above), info))
	case !info.Mode().IsRegular():
		w.skip(name, "neither a file nor a folder")
	case !wanted:
		w.skip(name, "not a "+strings.Join(w.suffixes, " or ")+" file")
	default:
		w.files = append(w.files, File{Path: name, Name: path.Join(path.Dir(name), base)})
	}
	return nil
}

// match takes one of the suffixes off a name.
func (w *walker) match(name string) (base string, ok bool) {
	for _, suffix := range w.suffixes {
		if base, ok := strings.CutSuffix(name, suffix); ok && base != "" {
			return base, !(suffix == "" && strings.HasPrefix(name, "."))
		}
	}
	return name, false
}
