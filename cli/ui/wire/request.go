package wire

import (
	"fmt"
	"io"
	"slices"
)

// A Verb is what the screen asks for.
type Verb string

// What can be asked. Behind Show each verb takes the terminal: the screen has given it
// back, and waits for Done.
const (
	Hello  Verb = "hello"  // the first
	Again  Verb = "again"  // read the list anew
	Secret Verb = "secret" // one secret with its history
	Idle   Verb = "idle"   // nobody is there: forget keys
	Lock   Verb = "lock"   // forget keys
	View   Verb = "view"   // what another view shows
	Go     Verb = "go"     // to a row of the view of places, counted from 1 in version

	Show     Verb = "show"
	Copy     Verb = "copy"
	QR       Verb = "qr"
	Code     Verb = "code"
	Diff     Verb = "diff"
	Set      Verb = "set"
	Edit     Verb = "edit"
	Rollback Verb = "rollback"
	Remove   Verb = "remove"
	Init     Verb = "init"
	Trust    Verb = "trust"
	Verify   Verb = "verify"
	Compare  Verb = "compare"
	Unlock   Verb = "unlock" // ask for a key: the view is of what none at hand tells
	Suspend  Verb = "suspend"

	// Of groups. Which conflict of a name is meant, is in version; 0 is the value that stands.
	Sync   Verb = "sync"   // a group
	Invite Verb = "invite" // to the group whose members are shown
	Expel  Verb = "expel"  // a member, from the group whose members are shown
	Lost   Verb = "lost"   // show a value that lost
	Beside Verb = "beside" // show it beside the one that stands
	Choose Verb = "choose" // give the secret that value
	Third  Verb = "third"  // write another value instead
)

var verbs = []Verb{Hello, Again, Secret, Idle, Lock, View, Go, Show, Copy, QR, Code, Diff, Set, Edit, Rollback, Remove, Init, Trust, Verify, Compare, Unlock, Suspend, Sync, Invite, Expel, Lost, Beside, Choose, Third}

// TakesTerminal tells whether tacit uses the terminal for it.
func (v Verb) TakesTerminal() bool { return slices.Index(verbs, v) >= slices.Index(verbs, Show) }

// Writes tells whether it changes the vault.
func (v Verb) Writes() bool {
	return slices.Contains([]Verb{Set, Edit, Rollback, Remove, Sync, Invite, Expel, Choose, Third}, v)
}

// Looks tells whether it shows values on a page, and changes nothing.
func (v Verb) Looks() bool {
	return slices.Contains([]Verb{Show, QR, Code, Diff, Compare, Lost, Beside}, v)
}

// Views besides the list.
const (
	Environments = "environments" // of the project, beside one another
	Groups       = "groups"       // that the vault is in
	Members      = "members"      // of one of them
	Conflicts    = "conflicts"    // of all of them: values that lost
	Health       = "health"       // what surrounds the vault, and its key slots
	Places       = "vaults"       // where the screen can go
)

// A Request is what the screen asks for.
type Request struct {
	Verb    Verb   `json:"verb"`
	Name    string `json:"name,omitempty"`    // of a secret, or of a view
	Version uint64 `json:"version,omitempty"` // 0 is the current one; of a view, the row that it is of
	Base    string `json:"base,omitempty"`    // the environment to compare with; "" is as before
	View    string `json:"view,omitempty"`    // what is to be told anew when it is done

	// Of hello alone.
	Protocol int    `json:"protocol,omitempty"`
	Build    string `json:"build,omitempty"`
}

// maxName is what a name of a secret has at most, and more.
const maxName = 1 << 10

// Check refuses what is no request.
func (r Request) Check() error {
	switch {
	case !slices.Contains(verbs, r.Verb):
		return fmt.Errorf("%w: an unknown verb", ErrProtocol)
	case len(r.Name) > maxName, len(r.Build) > maxName, len(r.Base) > maxName, len(r.View) > maxName:
		return fmt.Errorf("%w: a name that is too long", ErrProtocol)
	}
	return nil
}

// ReadRequest reads the next request.
func (r *Reader) ReadRequest() (q Request, err error) {
	if err = r.read(&q); err == nil {
		err = q.Check()
	}
	return q, err
}

// WriteRequest writes a request.
func WriteRequest(w io.Writer, q Request) error { return write(w, q, MaxRequest) }
