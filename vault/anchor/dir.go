package anchor

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/crypto"
)

// Dir is the memory of one machine in one state folder:
//
//	vaults/<vault id>     the vault's pin, the highest commit seen, and the last
//	                      commit seen at each path
//	paths/<SHA-256>       the vault that is trusted at a path, and the last
//	                      commit seen there
//	paths/<SHA-256>.next  the same with a commit that is under way; see Prepare
//	announced/<SHA-256>   what a restore is about to put at a path
//	used/<vault id>       when the vault's key slots last opened it here
//	checked/<SHA-256>     when the vault at a path was last found whole
//	backedup/<SHA-256>    when the vault at a path was last written to a backup
//	attached/<SHA-256>    the vaults that the user attached to a folder
//	folders/<SHA-256>     which folder that is, should it be moved
//	machine               the machine's id, where the system has none
//	lock                  held while one of them is changed
//
// The folder may be shared by machines, as a home on the network is; what is
// remembered for a path is then remembered for each machine.
//
// The zero Dir is the memory of a machine that has no place for one: it knows
// nothing, and what would have to be remembered fails with ErrNowhere.
type Dir struct {
	Path    string // absolute; need not exist
	Machine string // 16 lower-case hex digits, see Machine; "": the one kept in the folder
}

// ErrNowhere means that there is no place for a state folder: none was named,
// and there is no home.
var ErrNowhere = errors.New("no state folder is named, and there is no home for one")

// ErrNoFolder means that the state folder is not there and cannot be made: a home on a
// medium for reading, or one that is not this user's. Nothing was ever remembered.
var ErrNoFolder = errors.New("the state folder cannot be made")

// At is the memory in the state folder, DefaultDir where that is "". Nothing is
// made or read yet. Where there is no place for it, it is the zero Dir.
func At(state string) (Dir, error) {
	var err error
	if state == "" {
		state, err = DefaultDir()
	} else {
		state, err = filepath.Abs(state)
	}
	if errors.Is(err, ErrNowhere) {
		return Dir{}, nil
	}
	if err != nil {
		return Dir{}, fmt.Errorf("finding the state folder: %w", err)
	}
	return Dir{Path: state, Machine: Machine()}, nil
}

// DefaultDir is $XDG_STATE_HOME/tacit, else ~/.local/state/tacit, on macOS
// ~/Library/Application Support/tacit/state, on Windows %LocalAppData%\tacit\state.
// The error wraps ErrNowhere.
func DefaultDir() (string, error) {
	return defaultDir(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func defaultDir(goos string, getenv func(string) string, home func() (string, error)) (string, error) {
	// The XDG specification has relative paths ignored.
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tacit"), nil
	}
	if goos == "windows" {
		if dir := getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "tacit", "state"), nil
		}
		return "", fmt.Errorf("%w: %%LocalAppData%% is not set", ErrNowhere)
	}
	dir, err := home()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNowhere, err)
	}
	if goos == "darwin" {
		return filepath.Join(dir, "Library", "Application Support", "tacit", "state"), nil
	}
	return filepath.Join(dir, ".local", "state", "tacit"), nil
}

// ErrUnreadable means that there is a memory and that it cannot be understood:
// damaged, of a newer version, or not a regular file. It is never taken for no
// memory. The error names the file.
var ErrUnreadable = errors.New("not readable as a memory of vaults")

// Memory is what a machine remembers that bears on one vault at one path.
type Memory struct {
	PathKnown bool
	PathVault crypto.ID // the vault trusted at the path

	Known   bool // the vault was seen, at this path or another; the rest is zero if not
	Pin     crypto.Pin
	Highest crypto.Point // the highest commit seen, at any path
	// HighestAt is the path where that is, HighestAway that it is another
	// machine's. "" where it was seen last is not remembered any more.
	HighestAt   string
	HighestAway bool

	HereKnown bool
	Here      crypto.Point   // the last commit seen at this path
	Replica   crypto.Replica // of this machine, for this vault at this path; zero if not HereKnown
	// Own says that the user lets the vault at this path go its own way, whatever
	// was seen of it elsewhere.
	Own bool
	// Next is a commit that was under way at this path when its writer was
	// stopped: it is there or not. Zero: there was none.
	Next crypto.Point

	Announced Announced // what is about to be put at the path; zero if nothing is
}

// Reference is the commit that the vault at the path has to be, or to descend
// from: the last one seen there, for a new path the highest. Zero if the vault
// is not known.
func (m Memory) Reference() crypto.Point {
	if m.HereKnown {
		return m.Here
	}
	return m.Highest
}

// Load returns what is remembered of the vault with the id and of realPath, the
// path of its folder without symbolic links. No memory is no error; one that
// cannot be understood wraps ErrUnreadable.
func (d Dir) Load(id crypto.ID, realPath string) (Memory, error) {
	var m Memory
	d, err := d.named()
	if err != nil {
		return Memory{}, err
	}
	p, ok, err := load(d.pathFile(realPath), parsePath)
	if err != nil {
		return Memory{}, err
	}
	m.PathKnown, m.PathVault = ok, p.vault
	a, _, err := load(d.announcedFile(realPath), parseAnnouncement)
	if err != nil {
		return Memory{}, err
	}
	m.Announced = a.Announced
	v, ok, err := load(d.vaultFile(id), parseVault)
	trusted := m.PathKnown && m.PathVault == id
	if err == nil && !ok && trusted {
		err = errLost(d.vaultFile(id))
	}
	if err != nil {
		return Memory{}, err
	}
	if !ok {
		return m, nil
	}
	m.Known, m.Pin = true, v.pin
	if i, ok := v.find(d.Machine, realPath); ok {
		if !m.PathKnown && !v.first {
			return Memory{}, errLost(d.pathFile(realPath))
		}
		m.Here, m.Replica, m.Own = v.places[i].at, v.places[i].replica, v.places[i].own
	}
	if trusted {
		next, err := d.pending(id, realPath)
		if err != nil {
			return Memory{}, err
		}
		m.Here = higher(m.Here, higher(p.at, next.after))
		if next.at.Seq > m.Here.Seq {
			m.Next = next.at
		}
	}
	m.HereKnown = !m.Here.IsZero()
	return m, d.findHighest(&m, id, v, realPath)
}

// higher is the commit of the greater number, the first of two equal ones.
func higher(a, b crypto.Point) crypto.Point {
	if b.Seq > a.Seq {
		return b
	}
	return a
}

// findHighest looks for the highest commit. A vault that is known at one place
// may have its highest commit in that place's own file alone.
func (d Dir) findHighest(m *Memory, id crypto.ID, v vaultMemory, realPath string) error {
	m.Highest = higher(v.highest, m.Here)
	if !m.HereKnown {
		for i := range v.places {
			if err := d.lookUp(id, &v.places[i]); err != nil {
				return err
			}
			m.Highest = higher(m.Highest, v.places[i].at)
		}
	}
	if m.Highest == m.Here {
		m.HighestAt = realPath
		return nil
	}
	for _, p := range v.places {
		if p.at == m.Highest {
			m.HighestAt, m.HighestAway = p.path, p.machine != d.Machine
			if !m.HighestAway {
				break
			}
		}
	}
	return nil
}

// lookUp raises a place of the vault with the id to what its own file says.
func (d Dir) lookUp(id crypto.ID, p *place) error {
	of := Dir{d.Path, p.machine}
	own, _, err := load(of.pathFile(p.path), parsePath)
	if err != nil || own.vault != id {
		return err
	}
	next, err := of.pending(id, p.path)
	p.at = higher(p.at, higher(own.at, next.after))
	return err
}

// errLost is that of the two files about a vault at a path one is missing, which
// Save and Forget never leave behind.
func errLost(name string) error {
	return fmt.Errorf("%s: %w: it is missing", name, ErrUnreadable)
}

func (d Dir) vaultFile(id crypto.ID) string { return d.file("vaults", id.String()) }

func (d Dir) pathFile(realPath string) string { return d.file("paths", d.pathName(realPath)) }

// nextFile is the path memory that is to take the place of the one there is.
func (d Dir) nextFile(realPath string) string { return d.pathFile(realPath) + nextSuffix }

func (d Dir) announcedFile(realPath string) string {
	return d.file("announced", d.pathName(realPath))
}

// file is the path of a file or folder of the memory. Of the zero Dir it is "",
// which is never there: joined, it would lie in whatever folder is the current one.
func (d Dir) file(elements ...string) string {
	if d.Path == "" {
		return ""
	}
	return filepath.Join(d.Path, filepath.Join(elements...))
}

func (d Dir) pathName(realPath string) string {
	sum := sha256.Sum256([]byte(d.Machine + " " + realPath))
	return hex.EncodeToString(sum[:])
}

// load reads and parses a file; ok is false where there is none.
func load[T any](name string, parse func([]byte) (T, error)) (v T, ok bool, err error) {
	b, err := readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false, nil
	}
	if err == nil {
		v, err = parse(b)
	}
	if errors.Is(err, ErrUnreadable) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return v, err == nil, err
}

// readFile reads a regular file of at most maxFile bytes.
func readFile(name string) ([]byte, error) {
	// A symbolic link could lead to a pipe or a device, where reading hangs.
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", ErrUnreadable)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrUnreadable, info.Size(), maxFile)
	}
	return os.ReadFile(name)
}
