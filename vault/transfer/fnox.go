package transfer

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Fnox is a configuration of fnox: one file, or several as [Fnox.Over] puts them
// on one another.
type Fnox struct {
	Root    bool     // no file of a folder above counts
	Imports []string // further files, below this one
	KeyFile string   // age_key_file

	providers map[string]fnoxProvider
	provider  string // the default one
	secrets   map[string]FnoxSecret
	profiles  map[string]*Fnox
	inherits  bool // of a profile: it stands on others
}

type fnoxProvider struct {
	kind, keyFile string
	keyElsewhere  string // where the key is, if not in a file: as fnox calls that
}

// FnoxSecret is a secret of a configuration, as it stands there.
type FnoxSecret struct {
	Name     string
	Line     int
	Provider string // its kind, age or another; "" where there is none
	Value    string // what the provider makes the secret of: for age, base64 of an age file
	KeyFile  string // the provider's own, for age
	KeyGone  string // why there is no such file: its key is another provider's or secret's
	Plain    string // the default, where HasPlain
	HasPlain bool
	Unread   string // why no secret can be made of it here, "" where one can

	named string // the provider's name
}

// ReadFnox reads one file of fnox: fnox.toml, fnox.PROFILE.toml, fnox.local.toml
// or a global config.toml.
func ReadFnox(r io.Reader) (*Fnox, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	top, err := parseTOML(data)
	if err != nil {
		return nil, err
	}
	f := fnoxOf(top)
	f.Root = top.text1("root") == "true"
	f.KeyFile = top.text1("age_key_file")
	if list := top.table["import"]; list != nil {
		for _, v := range list.array {
			f.Imports = append(f.Imports, v.text)
		}
	}
	for name, p := range top.tables("profiles") {
		f.profiles[name] = fnoxOf(p)
		f.profiles[name].inherits = p.table["inherits"] != nil
	}
	return f, nil
}

// fnoxOf is what a file and a profile in it have in common.
func fnoxOf(t *tomlValue) *Fnox {
	f := &Fnox{
		providers: map[string]fnoxProvider{}, provider: t.text1("default_provider"),
		secrets: map[string]FnoxSecret{}, profiles: map[string]*Fnox{},
	}
	for name, p := range t.tables("providers") {
		f.providers[name] = p.fnoxProvider()
	}
	if secrets := t.table["secrets"]; secrets != nil {
		for name, s := range secrets.table {
			f.secrets[name] = s.fnoxSecret(name)
		}
	}
	return f
}

// fnoxProvider is a provider; of age, where its key is.
func (v *tomlValue) fnoxProvider() fnoxProvider {
	p := fnoxProvider{kind: v.text1("type"), keyFile: v.text1("key_file")}
	for _, key := range []string{"identity", "key_file"} {
		if m := v.table[key]; m != nil && m.kind == unstable.Table {
			p.keyElsewhere = key
		}
	}
	return p
}

// InFolder puts the key files that f names by a relative path into the folder
// that f is in.
func (f *Fnox) InFolder(join func(path string) string) {
	in := func(path string) string {
		if path == "" {
			return ""
		}
		return join(path)
	}
	f.KeyFile = in(f.KeyFile)
	for name, p := range f.providers {
		p.keyFile = in(p.keyFile)
		f.providers[name] = p
	}
	for _, p := range f.profiles {
		p.InFolder(join)
	}
}

// Scope makes what a file has at its top part of a profile, below what it has of
// that itself: so fnox takes a profile's own file, and a local one.
func (f *Fnox) Scope(profile string) {
	top := &Fnox{providers: f.providers, provider: f.provider, secrets: f.secrets, profiles: map[string]*Fnox{}}
	if p := f.profiles[profile]; p != nil {
		top = p.Over(top)
	}
	f.profiles[profile] = top
}

// Inherits tells whether a profile stands on others, which is not followed here.
func (f *Fnox) Inherits(profile string) bool {
	p := f.profiles[profile]
	return p != nil && p.inherits
}

// fnoxSecret is a secret; what changes the value after it was had is not done
// here, and told.
func (v *tomlValue) fnoxSecret(name string) FnoxSecret {
	s := FnoxSecret{Name: name, Line: v.line, named: v.text1("provider"), Value: v.text1("value"), Plain: v.text1("default")}
	s.HasPlain = v.table["default"] != nil
	if v.kind != unstable.Table {
		s.Unread = "it is not a table with a provider and a value"
	}
	if sync := v.table["sync"]; sync != nil { // a copy that fnox keeps of a remote one
		s.named, s.Value = sync.text1("provider"), sync.text1("value")
	}
	for _, key := range []string{"json_path", "line"} {
		if v.table[key] != nil {
			s.Unread = "it is a part of a value (" + key + ")"
		}
	}
	return s
}

// text1 is a scalar of a table, "" where there is none.
func (v *tomlValue) text1(key string) string {
	if m := v.table[key]; m != nil {
		return m.text
	}
	return ""
}

// tables are the tables in a table of a table.
func (v *tomlValue) tables(key string) map[string]*tomlValue {
	all := map[string]*tomlValue{}
	if in := v.table[key]; in != nil {
		for name, m := range in.table {
			if m.kind == unstable.Table {
				all[name] = m
			}
		}
	}
	return all
}

// Over puts f over a configuration that counts less.
func (f *Fnox) Over(base *Fnox) *Fnox {
	out := &Fnox{Root: f.Root || base.Root, Imports: f.Imports, KeyFile: f.KeyFile, provider: f.provider}
	if out.KeyFile == "" {
		out.KeyFile = base.KeyFile
	}
	if out.provider == "" {
		out.provider = base.provider
	}
	out.providers = maps.Clone(base.providers)
	maps.Copy(out.providers, f.providers)
	out.secrets = maps.Clone(base.secrets)
	maps.Copy(out.secrets, f.secrets)
	out.inherits = f.inherits || base.inherits
	out.profiles = maps.Clone(base.profiles)
	for name, p := range f.profiles {
		if below := out.profiles[name]; below != nil {
			p = p.Over(below)
		}
		out.profiles[name] = p
	}
	return out
}

// HasProfile tells whether the configuration has something of a profile.
func (f *Fnox) HasProfile(profile string) bool { return f.profiles[profile] != nil }

// Secrets are those of a profile, sorted by name: its own over those at the top,
// or these alone where it has none.
func (f *Fnox) Secrets(profile string) []FnoxSecret {
	at := f
	if p := f.profiles[profile]; p != nil {
		at = p.Over(f)
	}
	var list []FnoxSecret
	for _, name := range slices.Sorted(maps.Keys(at.secrets)) {
		list = append(list, at.resolve(at.secrets[name]))
	}
	return list
}

// resolve finds a secret's provider, and says why it is none that is read here.
func (f *Fnox) resolve(s FnoxSecret) FnoxSecret {
	name := s.named
	if name == "" {
		name = f.provider
	}
	if name == "" && len(f.providers) == 1 {
		name = slices.Collect(maps.Keys(f.providers))[0]
	}
	p := f.providers[name]
	switch {
	case s.Unread != "":
	case s.Value == "" && s.HasPlain:
	case s.Value == "":
		s.Unread = "it has neither a value nor a default: fnox takes it from the environment"
	case p.kind == "age":
		s.Provider, s.KeyFile = p.kind, p.keyFile
		if p.keyElsewhere != "" {
			s.KeyGone = fmt.Sprintf("the key of its provider %s is not in a file (%s): fnox get %s", printable(name), p.keyElsewhere, printable(s.Name))
		}
	case p.kind == "plain":
		s.Plain, s.HasPlain, s.Value = s.Value, true, ""
	case p.kind == "":
		s.Unread = fmt.Sprintf("its provider %s is not in the file", printable(name))
	default:
		s.Unread = fmt.Sprintf("its provider %s keeps it elsewhere (%s): fnox get %s", printable(name), strings.TrimSpace(p.kind), printable(s.Name))
	}
	return s
}
