package anchor

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// What is attached to a folder is a file of the same make as the others:
//
//	tacit-attached 1
//	folder <path>
//	[same <inode>-<time of birth>]
//	at <environment> <path of the vault>
//	…
//	end
//
// The environments are sorted and unique; "-" is the one without a name. "same" tells
// the folder when it is moved; both numbers are in hexadecimal, the time in
// nanoseconds. An index leads from there to the folder:
//
//	tacit-folder 1
//	folder <path>
//	end
const (
	attachedHeader = "tacit-attached "
	folderHeader   = "tacit-folder "
	noEnv          = "-"
)

// project is a file under attached/.
type project struct {
	folder   string
	same     string // "": not known
	attached []Attachment
}

// find returns where the environment is, or would be.
func (p *project) find(env string) (int, bool) {
	return slices.BinarySearchFunc(p.attached, env, func(a Attachment, env string) int {
		return strings.Compare(a.Env, env)
	})
}

func (p *project) marshal() []byte {
	b := fmt.Appendf(nil, "%s%s\nfolder %s", attachedHeader, version, escape(p.folder))
	if p.same != "" {
		b = fmt.Appendf(b, "\nsame %s", p.same)
	}
	for _, a := range p.attached {
		env := a.Env
		if env == "" {
			env = noEnv
		}
		b = fmt.Appendf(b, "\nat %s %s", env, escape(a.Vault))
	}
	return append(b, trailer...)
}

// parseProject takes only what marshal writes. Errors wrap ErrUnreadable.
func parseProject(b []byte) (p project, err error) {
	lines, err := splitLines(b, attachedHeader)
	if err != nil {
		return p, err
	}
	if len(lines) < 2 || len(lines) > 2+MaxAttached {
		return p, fmt.Errorf("%w: %d lines", ErrUnreadable, len(lines))
	}
	folder := fields(lines[0], "folder", 1)
	if folder == nil {
		return p, fmt.Errorf("%w: line 2", ErrUnreadable)
	}
	if p.folder, err = unescape(folder[0]); err != nil {
		return p, err
	}
	rest := lines[1:]
	if same := fields(rest[0], "same", 1); same != nil {
		if !isIdentity(same[0]) {
			return p, fmt.Errorf("%w: line 3", ErrUnreadable)
		}
		p.same, rest = same[0], rest[1:]
	}
	for _, line := range rest {
		a, err := parseAttachment(line)
		if err != nil {
			return p, err
		}
		if n := len(p.attached); n > 0 && p.attached[n-1].Env >= a.Env {
			return p, fmt.Errorf("%w: not in order", ErrUnreadable)
		}
		a.Folder = p.folder
		p.attached = append(p.attached, a)
	}
	if len(p.attached) == 0 || len(p.attached) > MaxAttached || !bytes.Equal(p.marshal(), b) {
		return project{}, fmt.Errorf("%w: changed since it was written", ErrUnreadable)
	}
	return p, nil
}

func parseAttachment(line string) (a Attachment, err error) {
	f := fields(line, "at", 2)
	if f == nil || f[0] != noEnv && !IsEnv(f[0]) {
		return a, fmt.Errorf("%w: an environment", ErrUnreadable)
	}
	if f[0] != noEnv {
		a.Env = f[0]
	}
	a.Vault, err = unescape(f[1])
	return a, err
}

// moved is a file under folders/.
type moved struct{ folder string }

func (m *moved) marshal() []byte {
	return fmt.Appendf(nil, "%s%s\nfolder %s%s", folderHeader, version, escape(m.folder), trailer)
}

// parseMoved takes only what marshal writes. Errors wrap ErrUnreadable.
func parseMoved(b []byte) (m moved, err error) {
	lines, err := splitLines(b, folderHeader)
	if err != nil {
		return m, err
	}
	var folder []string
	if len(lines) == 1 {
		folder = fields(lines[0], "folder", 1)
	}
	if folder == nil {
		return m, fmt.Errorf("%w: line 2", ErrUnreadable)
	}
	m.folder, err = unescape(folder[0])
	return m, err
}

// isIdentity tells whether s has the form of what identityOf gives.
func isIdentity(s string) bool {
	inode, born, ok := strings.Cut(s, "-")
	hex := func(s string) bool {
		return s != "" && len(s) <= 16 && strings.Trim(s, "0123456789abcdef") == ""
	}
	return ok && hex(inode) && hex(born)
}
