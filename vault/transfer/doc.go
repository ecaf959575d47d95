// Package transfer reads and writes the files in which other tools keep
// secrets.
//
//	result, err := transfer.ReadJSON(file, false)   // all of it, or an error
//	result, renamed, err := transfer.Naming{}.Apply(result)
//	err = transfer.WriteJSON(os.Stdout, result.Items) // all of them, or an error
//
// It is pure: bytes in, bytes out. It opens no file and no vault, runs no program
// and asks nobody. Readers give names as they are in the file, and [Naming] makes
// ours of them; ReadDotenv and ReadLivePerson refuse a name that no secret can
// have, because in such a file it is a slip. Readers take at most 64 MiB, and tell
// what they left out. No error holds a value or any other part of a
// file than names and the numbers of lines.
package transfer

import (
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/vault"
)

// MaxFile is how many bytes of an input are read, and of a file in an archive.
const MaxFile = 64 << 20

const (
	maxFile  = MaxFile
	maxItems = 1_000_000           // secrets in an input
	maxDepth = 1000                // nesting of JSON, as in a value
	maxValue = vault.MaxValueLimit // UTF-16 code units: no vault's policy allows more
)

// What can be wrong with a file or with what should become one. The readers'
// errors about content are [*Error]s that wrap one of these.
var (
	ErrSyntax     = errors.New("malformed")
	ErrDuplicate  = errors.New("duplicate")
	ErrLimit      = errors.New("over the limit")
	ErrName       = errors.New("invalid name")
	ErrValue      = errors.New("invalid value")
	ErrUnwritable = errors.New("the format cannot hold it")
	ErrUnused     = errors.New("not there")
	ErrForm       = errors.New("not a file of this format") // it may well be of another
	ErrEncrypted  = errors.New("encrypted")
)

// Error is what is wrong with a file's content.
type Error struct {
	Err     error  // one of the sentinels above
	Line    int    // from 1; 0 where the fault has no line
	Message string // names at most; never a value
	Same    bool   // of ErrDuplicate: the very same name, which no map tells apart
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

func fail(sentinel error, line int, format string, args ...any) *Error {
	return &Error{Err: sentinel, Line: line, Message: fmt.Sprintf(format, args...)}
}

// Item is a secret in a file.
type Item struct {
	Name  string
	Value vault.Value
	Line  int // where its name stands, from 1; 0 where it was not read from a file

	// From is how the file calls it, where that is not Name: "db.password" of
	// what was flattened to db_password. Maps of names go by it.
	From string
}

// Source is how the file calls it.
func (i Item) Source() string {
	if i.From != "" {
		return i.From
	}
	return i.Name
}

// Skipped is what a reader left out, and why.
type Skipped struct {
	Name   string
	Reason string
	Meant  bool // the user asked for it
}

// Result is what a file holds: the secrets in its order, and what was left out.
type Result struct {
	Items   []Item
	Skipped []Skipped
	// Numbered are names that do not say what the file calls it, because that is in
	// another script.
	Numbered []Renamed
}
