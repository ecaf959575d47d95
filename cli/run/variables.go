package run

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/pattern"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/vault"
)

// A variable is what the command is given under one name: a secret, or what
// the file of --env-file says itself.
type variable struct {
	name   string
	secret string // "" where value stands as it is, or has parts
	parts  []part // what value is made of, where secrets stand in a text
	value  vault.Value

	within []vault.Value // the secrets among the parts
}

// bytes are the value's own: what the command is given.
func (v variable) bytes() []byte { return v.value.Reveal() }

// secrets are the names of what is read for it.
func (v variable) secrets() (names []string) {
	if v.secret != "" {
		names = append(names, v.secret)
	}
	for _, p := range v.parts {
		if p.isSecret {
			names = append(names, p.text)
		}
	}
	return names
}

// named are the variables that the flags name one by one, in their order.
func (o runOptions) named(s *frame.Session) ([]variable, error) {
	list, err := readEnvFile(s, o.readEnvFile, o.envFile)
	if err != nil {
		return nil, err
	}
	for _, m := range o.maps.Value() {
		name, secret, ok := strings.Cut(m, "=")
		if !ok || !isVariable(name) {
			return nil, failure.Usage("--map takes VARIABLE=NAME, not %s", failure.Printable(m)).Hinted("like --map PGPASSWORD=DB_PASSWORD")
		}
		if err := vault.CheckName("run", secret); err != nil {
			return nil, err
		}
		list = append(list, variable{name: name, secret: secret})
	}
	return list, nil
}

// isVariable tells whether shells can read a variable of that name.
func isVariable(name string) bool {
	for i, c := range []byte(name) {
		switch {
		case c == '_', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		case c >= '0' && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != ""
}

// variables opens the vault for what the command is given, and closes it.
func variables(ctx context.Context, s *frame.Session, o runOptions) ([]variable, error) {
	list, err := o.named(s)
	if err != nil {
		return nil, err
	}
	s.First(o.there(list))
	v, err := frame.OpenAll(ctx, s)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	chosen, err := variablesOf(ctx, s, v, o, len(list) > 0)
	if err != nil {
		return nil, err
	}
	if list, err = join(list, chosen); err != nil {
		return nil, err
	}
	return list, fillIn(ctx, v, list)
}

// there checks that the secrets are there that the flags and files name.
func (o runOptions) there(list []variable) frame.Check {
	var named []string
	for _, v := range list {
		if v.secret != "" {
			named = append(named, v.secret)
		}
	}
	globs := o.Globs(o.only.Value())
	return func(ctx context.Context, v frame.OpenVault) error {
		if err := frame.IsThere("read", named...)(ctx, v); err != nil || len(globs) == 0 {
			return err
		}
		return choice.Matches(globs, &o.Narrowing)(ctx, v)
	}
}

// variablesOf are the variables of the secrets that --only and --prefix match, or,
// where nothing else was named, of what one means by all.
func variablesOf(ctx context.Context, s *frame.Session, v frame.OpenVault, o runOptions, others bool) ([]variable, error) {
	globs := o.Globs(o.only.Value())
	if len(globs) == 0 && others && !o.Made() {
		return nil, nil
	}
	names, err := choice.MatchNames(ctx, v, globs, vault.ListOptions{})
	if err != nil {
		return nil, err
	}
	if names, err = o.Narrow(ctx, v, names, vault.ListOptions{}); err != nil {
		return nil, err
	}
	if len(globs) == 0 {
		names = unasked(s, v, o, names)
	}
	return o.variablesOf(names)
}

// unasked leaves out of all secrets those that nobody named and that no program
// should get unasked.
func unasked(s *frame.Session, v frame.OpenVault, o runOptions, names []string) []string {
	names = slices.DeleteFunc(names, isCredential)
	if !o.stdin && !o.allowDangerous {
		var left []string
		names = slices.DeleteFunc(names, func(name string) bool {
			if Dangerous(name) {
				left = append(left, name)
			}
			return Dangerous(name)
		})
		if len(left) > 0 {
			s.Warn("left out, as it would change how programs run: %s (tacit help dangerous-names)", strings.Join(left, ", "))
		}
	}
	if s.Named() == "" && !o.Made() && frame.IsDefault(s, v.Status().Path) {
		s.Note("the command gets all %s of the default vault; --only GLOB chooses, --only '*' chooses all", frame.Count(len(names), "secret"))
	}
	return names
}

// storedCredential are the names that tacit git-credential and docker-credential
// give to what they keep.
var storedCredential = pattern.New(`^(` + protocols.GitPrefix + `|` + protocols.DockerPrefix + `)_[A-Za-z0-9_-]*_[0-9a-f]{12}$`)

func isCredential(name string) bool { return storedCredential.Regexp().MatchString(name) }

// variablesOf gives each secret to a variable.
func (o runOptions) variablesOf(names []string) ([]variable, error) {
	list := make([]variable, len(names))
	for i, name := range names {
		variable, err := o.Under("run", name, "--map VARIABLE=%s gives it a name")
		if err != nil {
			return nil, err
		}
		list[i].name, list[i].secret = variable, name
	}
	return list, nil
}

// join puts the lists together. Two things under one name are an error: one of
// them would be lost.
func join(lists ...[]variable) (all []variable, err error) {
	of := map[string]variable{}
	for _, list := range lists {
		for _, v := range list {
			old, taken := of[envKey(v.name)]
			switch {
			case !taken:
				of[envKey(v.name)] = v
				all = append(all, v)
			case old.secret == "" || old.secret != v.secret:
				return nil, failure.Fault(vault.InvalidName, "run: the variable %s would be both %s and %s", v.name, old.source(), v.source()).
					Hinted("name what the command needs with --only GLOB, or another variable with --map")
			}
		}
	}
	return all, nil
}

func (v variable) source() string {
	if v.secret == "" {
		return "what --env-file says"
	}
	return "the secret " + v.secret
}

// fillIn reads the secrets, each once, out of one state of the vault.
func fillIn(ctx context.Context, v frame.OpenVault, list []variable) error {
	var names []string
	seen := map[string]bool{}
	for _, one := range list {
		for _, name := range one.secrets() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil // ReadAll of none is all
	}
	secrets, err := v.ReadAll(ctx, names...)
	if err != nil {
		return err
	}
	byName := make(map[string]vault.Value, len(secrets))
	for _, secret := range secrets {
		byName[secret.Name] = secret.Value
	}
	for i, one := range list {
		switch {
		case one.secret != "":
			list[i].value = byName[one.secret]
		case one.parts != nil:
			list[i].value, list[i].within = assemble(one.parts, byName)
		}
	}
	return nil
}

// environment is the variables as entries of an environment, over base.
func environment(base []string, list []variable, allowDangerous bool) ([]string, error) {
	added := make(map[string]string, len(list))
	for _, v := range list {
		if !allowDangerous && Dangerous(v.name) {
			return nil, failure.Fault(vault.InvalidName, "run %s: a variable of this name changes how programs run", v.name).
				Hinted("name what the command needs with --only GLOB; to allow these names, --allow-dangerous; tacit help dangerous-names")
		}
		value := string(v.bytes())
		if strings.IndexByte(value, 0) >= 0 {
			return nil, failure.Fault(vault.InvalidValue, "run %s: the value has a NUL byte, which no environment can hold", v.name).
				Hinted("leave it out with --only GLOB, or give it with --files")
		}
		added[envKey(v.name)] = v.name + "=" + value
	}
	return Merge(base, added), nil
}

// ordinary are the variables that stay under --clean: what programs need to
// find themselves, and nothing that a user sets for a purpose.
var ordinary = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "NO_COLOR", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PWD",
	"XDG_RUNTIME_DIR", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
}

// cleaned leaves of an environment what is ordinary.
func cleaned(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if key := envKey(name); slices.Contains(ordinary, key) || strings.HasPrefix(key, "LC_") {
			kept = append(kept, entry)
		}
	}
	return kept
}
