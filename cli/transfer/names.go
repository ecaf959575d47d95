package transfer

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// maxMapFile is the largest --map-file, in bytes.
const maxMapFile = 16 << 20

// readNaming is how the names of another tool become ours, as the flags say.
func (o importOptions) readNaming() (transfer.Naming, error) {
	n := transfer.Naming{Prefix: o.prefix, Map: map[string]string{}}
	if o.prefix != "" && transfer.Plain(o.prefix) != o.prefix {
		return n, failure.Usage("--prefix takes the characters A-Z a-z 0-9 _ and -, not %s", failure.Printable(o.prefix))
	}
	if o.mapFile != "" {
		text, err := readMapFile(o.mapFile)
		if err != nil {
			return n, err
		}
		if line := addMappings(n.Map, text); line > 0 {
			return n, failure.Fault(vault.InvalidValue, "%s, line %d: not OLD=NEW, or OLD is there already", o.mapFile, line)
		}
	}
	given := map[string]string{}
	for _, pair := range o.maps.Value() {
		if !addMapping(given, pair) {
			return n, failure.Usage("--map takes OLD=NEW, each OLD once, not %s", failure.Printable(pair)).Hinted("--map 'Mail/me=MAIL_ME'; --map 'Mail/me=' leaves it out")
		}
	}
	for from, name := range given { // over those of the file
		n.Map[from] = name
	}
	return n, nil
}

// addMappings takes a map file apart, a mapping a line; empty lines say nothing.
// It returns the number of a line that is wrong, 0 where none is.
func addMappings(m map[string]string, text string) (wrong int) {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line != "" && !addMapping(m, line) {
			return i + 1
		}
	}
	return 0
}

// addMapping takes OLD=NEW apart at the last "=", which no name of ours has.
func addMapping(m map[string]string, pair string) bool {
	i := strings.LastIndexByte(pair, '=')
	if i < 0 {
		return false
	}
	from, name := pair[:i], pair[i+1:]
	if _, twice := m[from]; twice {
		return false
	}
	m[from] = name
	return true
}

func readMapFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", failure.FileError("reading", path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxMapFile+1))
	switch {
	case err != nil:
		return "", failure.FileError("reading", path, err)
	case len(b) > maxMapFile:
		return "", failure.Fault(vault.InvalidValue, "%s is larger than %d MiB", path, maxMapFile>>20)
	case !utf8.Valid(b):
		return "", failure.Fault(vault.InvalidValue, "%s is not UTF-8", path)
	}
	return string(b), nil
}
