package crypto

// Header is what a record says about itself in the clear, and what its binding
// covers.
type Header struct {
	Name    string
	Version uint64  // of the name, from 1
	Seq     uint64  // the commit that wrote it, from 1
	Replica Replica // the machine that wrote it
	Kind    Kind
	Size    int64  // plaintext bytes, at most MaxPlaintext
	Updated int64  // Unix seconds
	Prev    Digest // SHA-256 of the record of the version before; zero for none
	Attrs   []Attr // sorted by name, names unique, at most MaxAttrs
}

// Attr is an attribute of a record: plaintext, authenticated.
type Attr struct{ Name, Value string }
