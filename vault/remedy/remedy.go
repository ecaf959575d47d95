// Package remedy has the ways out of failures and findings, as data: what to do, and
// to what. It does not know how that is done: the command line spells a remedy as a
// command, another program may offer it as a button.
//
//	if r := vault.RemedyOf(err); r.Action == remedy.GiveSecretOrDrop {
//		ask(r.Names(remedy.Slot))
//	}
package remedy

// A Remedy is one way out. The zero Remedy is none.
type Remedy struct {
	Action  Action   `json:"name"`
	Objects []Object `json:"objects,omitempty"`
	// Or is another way, and Then what has to follow; nil where there is none.
	Or   *Remedy `json:"or,omitempty"`
	Then *Remedy `json:"then,omitempty"`
}

// Action is what is to be done, or a choice of that. The names do not change; a newer
// version may have more of them.
type Action string

// An Object is what something is to be done to. It never holds the value of a secret.
type Object struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"` // as it is: neither quoted nor cut
}

// Kind says what an [Object] is. The names do not change.
type Kind string

// The kinds of objects.
const (
	Secret  Kind = "secret"  // by its name
	Slot    Kind = "slot"    // a key slot, by its label
	Path    Kind = "path"    // a file or a folder
	Target  Kind = "target"  // where the path goes, or what takes its place
	Folder  Kind = "folder"  // one that has to be there first
	Vault   Kind = "vault"   // a vault's folder
	Process Kind = "process" // by its number
	User    Kind = "user"    // by its number
	Limit   Kind = "limit"   // a number that is asked for
	Most    Kind = "most"    // the largest number that there can be
	Size    Kind = "size"    // how much space is needed, with its unit
	Free    Kind = "free"    // how much space there is, with its unit
)

// Named makes an object of that kind.
func (k Kind) Named(name string) Object { return Object{k, name} }

// All makes an object of that kind of each name.
func (k Kind) All(names []string) []Object {
	objects := make([]Object, len(names))
	for i, name := range names {
		objects[i] = k.Named(name)
	}
	return objects
}

// To is the remedy of an action and its objects.
func To(action Action, objects ...Object) Remedy { return Remedy{Action: action, Objects: objects} }

// IsZero tells whether r is no remedy.
func (r Remedy) IsZero() bool { return r.Action == "" }

// OrElse is r, with another way beside it.
func (r Remedy) OrElse(other Remedy) Remedy {
	r.Or = &other
	return r
}

// AndThen is r, with what has to follow it.
func (r Remedy) AndThen(next Remedy) Remedy {
	r.Then = &next
	return r
}

// Names are the names of the objects of a kind, in their order.
func (r Remedy) Names(kind Kind) (names []string) {
	for _, o := range r.Objects {
		if o.Kind == kind {
			names = append(names, o.Name)
		}
	}
	return names
}
