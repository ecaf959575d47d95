package anchor

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// All kinds of file are text, each line ended by one newline, in exactly this
// order, the places sorted and unique:
//
//	tacit-anchor 2
//	pin <pin>
//	highest <seq> <digest>
//	at <machine> <path> <seq> <digest> <replica> [own]
//	…
//	end
//
//	tacit-path 2
//	path <path>
//	vault <vault id>
//	[at <seq> <digest>
//	[after <seq> <digest>]]
//	end
//
// A commit changes the second alone, where the vault is known at one place: the
// last commit seen at a place is the higher one of the two files', and so is the
// highest. "after" is the commit before it. Of a file that is to take the place
// of another, what "after" names was seen in any case, and what "at" names is
// about to be committed. "own" says that the user lets the place go its own way.
//
// In version 1 there are no at and after lines in the second file, and no own in
// the first. It is read; what is written is version 2, so that an older tacit
// does not take the first file alone for all there is.
//
//	tacit-machine 1
//	id <machine>
//	end
//
//	tacit-announced 1
//	path <path>
//	vault <vault id>
//	pin <pin>
//	commit <seq> <digest>
//	end
//
// In a path every byte outside [A-Za-z0-9._~/-] is percent-encoded.
const (
	vaultHeader     = "tacit-anchor "
	pathHeader      = "tacit-path "
	announcedHeader = "tacit-announced "
	machineHeader   = "tacit-machine "
	version         = "1"
	version2        = "2"
	trailer         = "\nend\n" // so that no part of a file is a file

	maxFile   = 1 << 20 // bytes of a file
	maxPlaces = 10_000  // paths of a vault
	maxSeq    = 9_999_999_999
)

// vaultMemory is a file under vaults/.
type vaultMemory struct {
	pin     crypto.Pin
	highest crypto.Point
	places  []place // sorted by machine, then path

	first bool // it was written in version 1
}

// place is the memory of a vault at a path.
type place struct {
	machine, path string
	at            crypto.Point
	replica       crypto.Replica
	own           bool // it goes its own way, whatever is highest
}

func comparePlaces(a, b place) int {
	if c := strings.Compare(a.machine, b.machine); c != 0 {
		return c
	}
	return strings.Compare(a.path, b.path)
}

// find returns where the place is, or would be.
func (v *vaultMemory) find(machine, path string) (int, bool) {
	return slices.BinarySearchFunc(v.places, place{machine: machine, path: path}, comparePlaces)
}

func (v *vaultMemory) marshal() []byte {
	as := version2
	if v.first {
		as = version
	}
	b := fmt.Appendf(nil, "%s%s\npin %s\nhighest %s", vaultHeader, as, v.pin, formatPoint(v.highest))
	for _, p := range v.places {
		b = append(b, p.marshal()...)
	}
	return append(b, trailer...)
}

func (p place) marshal() []byte {
	b := fmt.Appendf(nil, "\nat %s %s %s %s", p.machine, escape(p.path), formatPoint(p.at), p.replica)
	if p.own {
		b = append(b, " own"...)
	}
	return b
}

// parseVault takes only what marshal writes. Errors wrap ErrUnreadable.
func parseVault(b []byte) (v vaultMemory, err error) {
	lines, as, err := splitVersions(b, vaultHeader, version, version2)
	if err != nil {
		return v, err
	}
	v.first = as == version
	if len(lines) < 2 || len(lines) > 2+maxPlaces {
		return v, fmt.Errorf("%w: %d lines", ErrUnreadable, len(lines))
	}
	pin := fields(lines[0], "pin", 1)
	highest := fields(lines[1], "highest", 2)
	if pin == nil || highest == nil {
		return v, fmt.Errorf("%w: line 2 or 3", ErrUnreadable)
	}
	if v.pin, err = crypto.ParsePin(pin[0]); err != nil {
		return v, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if v.highest, err = parsePoint(highest[0], highest[1]); err != nil {
		return v, err
	}
	for i, line := range lines[2:] {
		p, err := parsePlace(line)
		if err == nil && p.own && v.first {
			err = ErrUnreadable
		}
		if err != nil {
			return v, fmt.Errorf("line %d: %w", i+4, err)
		}
		if n := len(v.places); n > 0 && comparePlaces(v.places[n-1], p) >= 0 {
			return v, fmt.Errorf("line %d: %w: not in order", i+4, ErrUnreadable)
		}
		v.places = append(v.places, p)
	}
	if !bytes.Equal(v.marshal(), b) {
		return v, fmt.Errorf("%w: changed since it was written", ErrUnreadable)
	}
	return v, nil
}

func parsePlace(line string) (p place, err error) {
	line, p.own = strings.CutSuffix(line, " own")
	f := fields(line, "at", 5)
	if f == nil || !isMachine(f[0]) {
		return p, ErrUnreadable
	}
	p.machine = f[0]
	if p.path, err = unescape(f[1]); err != nil {
		return p, err
	}
	if p.at, err = parsePoint(f[2], f[3]); err != nil {
		return p, err
	}
	if p.replica, err = crypto.ParseReplica(f[4]); err != nil {
		return p, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return p, nil
}

// pathMemory is a file under paths/.
type pathMemory struct {
	path  string // for people; the name of the file is its hash
	vault crypto.ID
	at    crypto.Point // the last commit seen there; zero: that is not known
	after crypto.Point // zero: that is not known

	first bool // it was written in version 1
}

func (p *pathMemory) marshal() []byte {
	as := version2
	if p.first {
		as = version
	}
	b := fmt.Appendf(nil, "%s%s\npath %s\nvault %s", pathHeader, as, escape(p.path), p.vault)
	if p.at != (crypto.Point{}) {
		b = fmt.Appendf(b, "\nat %s", formatPoint(p.at))
	}
	if p.after != (crypto.Point{}) {
		b = fmt.Appendf(b, "\nafter %s", formatPoint(p.after))
	}
	return append(b, trailer...)
}

// parsePath takes only what marshal writes, of either version. Errors wrap
// ErrUnreadable.
func parsePath(b []byte) (p pathMemory, err error) {
	lines, as, err := splitVersions(b, pathHeader, version, version2)
	if err != nil {
		return p, err
	}
	p.first = as == version
	if len(lines) < 2 || len(lines) > 4 || p.first && len(lines) != 2 {
		return p, fmt.Errorf("%w: %d lines", ErrUnreadable, len(lines))
	}
	path, vault := fields(lines[0], "path", 1), fields(lines[1], "vault", 1)
	if path == nil || vault == nil {
		return p, fmt.Errorf("%w: line 2 or 3", ErrUnreadable)
	}
	if p.path, err = unescape(path[0]); err != nil {
		return p, err
	}
	if p.vault, err = crypto.ParseID(vault[0]); err != nil {
		return p, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for i, point := range []*crypto.Point{&p.at, &p.after}[:len(lines)-2] {
		f := fields(lines[2+i], []string{"at", "after"}[i], 2)
		if f == nil {
			return p, fmt.Errorf("%w: line %d", ErrUnreadable, 4+i)
		}
		if *point, err = parsePoint(f[0], f[1]); err != nil {
			return p, err
		}
	}
	return p, nil
}

// splitLines returns the lines after the first, which it checks.
func splitLines(b []byte, header string) ([]string, error) {
	lines, _, err := splitVersions(b, header, version)
	return lines, err
}

// splitVersions is splitLines of a file that may be of one of several versions.
func splitVersions(b []byte, header string, versions ...string) (lines []string, as string, err error) {
	if len(b) > maxFile {
		return nil, "", fmt.Errorf("%w: %d bytes, at most %d", ErrUnreadable, len(b), maxFile)
	}
	text, ok := strings.CutSuffix(string(b), trailer)
	if !ok {
		return nil, "", fmt.Errorf("%w: cut short", ErrUnreadable)
	}
	lines = strings.Split(text, "\n")
	as, ok = strings.CutPrefix(lines[0], header)
	switch {
	case !ok:
		return nil, "", fmt.Errorf("%w: it does not begin with %q", ErrUnreadable, header)
	case !slices.Contains(versions, as):
		return nil, "", fmt.Errorf("%w: written by another version of tacit", ErrUnreadable)
	}
	return lines[1:], as, nil
}

// fields splits a line at its spaces; nil if it has not n fields after word.
func fields(line, word string, n int) []string {
	f := strings.Split(line, " ")
	if len(f) != n+1 || f[0] != word {
		return nil
	}
	return f[1:]
}

func formatPoint(p crypto.Point) string { return fmt.Sprintf("%d %s", p.Seq, p.Digest) }

func parsePoint(seq, digest string) (p crypto.Point, err error) {
	p.Seq, err = strconv.ParseUint(seq, 10, 64)
	if err != nil || p.Seq < 1 || p.Seq > maxSeq || strconv.FormatUint(p.Seq, 10) != seq {
		return p, fmt.Errorf("%w: commit", ErrUnreadable)
	}
	if p.Digest, err = crypto.ParseDigest(digest); err != nil {
		return p, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return p, nil
}

func isPlain(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' ||
		c == '.' || c == '_' || c == '~' || c == '/' || c == '-'
}

func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unescape takes only what escape gives, and not the empty path.
func unescape(s string) (string, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if len(s)-i < 3 {
			return "", fmt.Errorf("%w: path", ErrUnreadable)
		}
		c, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			return "", fmt.Errorf("%w: path", ErrUnreadable)
		}
		b = append(b, c[0])
		i += 2
	}
	if len(b) == 0 || escape(string(b)) != s {
		return "", fmt.Errorf("%w: path", ErrUnreadable)
	}
	return string(b), nil
}
