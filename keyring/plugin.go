package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/plugin"

	"github.com/tacit-vault/tacit/crypto"
)

// Plugins are run only because the user names them: in an identity file, or on
// the command line. Nothing in a vault makes one run.

const pluginPrefix = "AGE-PLUGIN-"

// maxPlugins is how many plugin identities a file may hold.
const maxPlugins = 100

// pluginIdentity is an identity that a plugin opens slots by.
type pluginIdentity struct {
	*plugin.Identity
	say *ui
}

// splitPlugins takes the plugin identities out of an identity file, and returns
// the rest of it, its lines where they were.
func splitPlugins(data []byte, o FileOptions) (rest []byte, plugins []pluginIdentity, err error) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimRight(string(line), "\r\n")
		if !strings.HasPrefix(text, pluginPrefix) {
			rest = append(rest, line...)
			continue
		}
		rest = append(rest, '\n')
		if len(plugins) == maxPlugins {
			return nil, nil, fmt.Errorf("%w: more than %d plugin identities", crypto.ErrLimit, maxPlugins)
		}
		say := &ui{ask: o.Ask, may: o.Plugin}
		id, err := plugin.NewIdentity(text, say.client())
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w: not a valid plugin identity", n, ErrMalformed)
		}
		plugins = append(plugins, pluginIdentity{id, say})
	}
	return rest, plugins, nil
}

// unwrapPlugins tries the plugins one by one. One that cannot be run does not
// keep the next from being tried.
func unwrapPlugins(ctx context.Context, plugins []pluginIdentity, s crypto.Slot, file []byte) ([]byte, error) {
	var missed []error
	for _, p := range plugins {
		if name, ok := PluginName(s.Recipient); ok && name != p.Name() {
			continue
		}
		plaintext, err := crypto.OpenSlotFile(file, func(stanza *age.Stanza) ([]byte, error) {
			return p.say.run(ctx, p.Name(), func() ([]byte, error) { return p.Unwrap([]*age.Stanza{stanza}) })
		})
		switch {
		case err == nil:
			return plaintext, nil
		case errors.Is(err, ErrUnavailable):
			missed = append(missed, err)
		case !errors.Is(err, ErrWrongKey):
			return nil, err
		}
	}
	if len(missed) > 0 {
		return nil, errors.Join(missed...)
	}
	return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
}

// pluginLock is a recipient that a plugin seals to.
type pluginLock struct {
	*plugin.Recipient
	public string
	say    *ui
}

var _ Lock = (*pluginLock)(nil)

// PluginRecipient is the lock of an age plugin's recipient, age1<name>1…, or of
// one of its identities, AGE-PLUGIN-<NAME>-1…, of which the slot table keeps
// nothing. The plugin age-plugin-<name> is run when the slot is made. The error
// wraps [crypto.ErrMalformed].
func PluginRecipient(s string, ask Asker) (Lock, error) {
	say := &ui{ask: ask}
	if strings.HasPrefix(s, pluginPrefix) {
		id, err := plugin.NewIdentity(s, say.client())
		if err != nil {
			return nil, Refusal("not a valid plugin identity")
		}
		return &pluginLock{id.Recipient(), "", say}, nil
	}
	if _, ok := PluginName(s); !ok {
		return nil, Refusal("not a plugin's recipient, age1<name>1…")
	}
	r, err := plugin.NewRecipient(s, say.client())
	if err != nil {
		return nil, Refusal("not a valid plugin recipient")
	}
	return &pluginLock{r, s, say}, nil
}

// PluginIdentity reads the first plugin identity of an identity file, for
// [PluginRecipient].
func PluginIdentity(data []byte) (string, bool) {
	for text := range pluginIdentities(data) {
		return text, true
	}
	return "", false
}

// pluginIdentities are the lines of an identity file that are a plugin's.
func pluginIdentities(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(data) {
			text := strings.TrimRight(string(line), "\r\n")
			if strings.HasPrefix(text, pluginPrefix) && !yield(text) {
				return
			}
		}
	}
}

// PluginNames are the names of the plugins that an identity file's plugin
// identities are for, each once: AGE-PLUGIN-<NAME>-1…. What is encrypted names
// none.
func PluginNames(data []byte) (names []string) {
	for text := range pluginIdentities(data) {
		text = strings.TrimPrefix(text, pluginPrefix)
		end := strings.LastIndex(text, "-1")
		if end <= 0 {
			continue
		}
		if name := strings.ToLower(text[:end]); !slices.Contains(names, name) && len(names) < maxPlugins {
			names = append(names, name)
		}
	}
	return names
}

func (l *pluginLock) Kind() string   { return crypto.KindPlugin }
func (l *pluginLock) Public() string { return l.public }

// PostQuantum is false: what a plugin does is not known.
func (l *pluginLock) PostQuantum() bool { return false }

func (l *pluginLock) Wrap(plaintext []byte) ([]byte, error) {
	return l.say.run(context.Background(), l.Name(), func() ([]byte, error) {
		return crypto.SealSlotFile(plaintext, l.Recipient)
	})
}

// ui passes on to the user what a plugin asks and says.
type ui struct {
	ask Asker
	may func(name string) error // nil: any plugin may run
	ctx context.Context         // of the run under way
	err error                   // why nobody could be asked: age does not pass it on
}

// run runs a plugin. When ctx ends it is left to itself: it ends with this
// process, whose end of its pipes is closed then.
func (u *ui) run(ctx context.Context, name string, call func() ([]byte, error)) ([]byte, error) {
	type outcome struct {
		b   []byte
		err error
	}
	if u.may != nil {
		if err := u.may(name); err != nil {
			return nil, err
		}
	}
	u.ctx, u.err = ctx, nil
	done := make(chan outcome, 1)
	go func() {
		b, err := call()
		done <- outcome{b, err}
	}()
	select {
	case got := <-done:
		return got.b, u.explain(name, got.err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// explain says what became of a plugin.
func (u *ui) explain(name string, err error) error {
	var missing *plugin.NotFoundError
	switch {
	case err == nil, errors.Is(err, ErrWrongKey), errors.Is(err, age.ErrIncorrectIdentity), errors.Is(err, ErrMalformed):
		return err
	case u.err != nil:
		return u.err
	case errors.As(err, &missing):
		return fmt.Errorf("%w: the age plugin %s is not installed: age-plugin-%s is not in PATH", ErrUnavailable, name, name)
	}
	return fmt.Errorf("%w: the age plugin %s: %w", ErrUnavailable, name, err)
}

func (u *ui) asker() (Asker, error) {
	if u.ask == nil {
		u.err = fmt.Errorf("%w: the plugin asks for something, and there is nobody to ask", ErrUnavailable)
		return nil, u.err
	}
	return u.ask, nil
}

// client is the callbacks that age wants.
func (u *ui) client() *plugin.ClientUI {
	return &plugin.ClientUI{
		DisplayMessage: func(name, message string) error {
			if u.ask != nil {
				u.ask.Tell("age plugin " + name + ": " + message)
			}
			return nil
		},
		RequestValue: func(name, prompt string, _ bool) (string, error) {
			ask, err := u.asker()
			if err != nil {
				return "", err
			}
			value, err := ask.Secret(u.ctx, "age plugin "+name+": "+prompt)
			if err != nil {
				u.err = err
			}
			defer clear(value)
			return string(value), err
		},
		Confirm: func(name, prompt, yes, no string) (bool, error) {
			ask, err := u.asker()
			if err != nil {
				return false, err
			}
			chosen, err := ask.Confirm(u.ctx, "age plugin "+name+": "+prompt, yes, no)
			if err != nil {
				u.err = err
			}
			return chosen, err
		},
		WaitTimer: func(name string) {
			if u.ask != nil {
				u.ask.Tell("waiting for the age plugin " + name)
			}
		},
	}
}
