package server

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// readSecret answers with the current version, or an older one that is kept.
func readSecret(r *request) (err error) {
	var sec vault.Secret
	if q := r.URL.RawQuery; q == "" {
		sec, err = r.s.v.Read(r.Context(), r.name)
	} else {
		n, perr := strconv.ParseUint(r.URL.Query().Get("version"), 10, 64)
		if perr != nil {
			return wire.Invalid("read", r.name, "a version is a number")
		}
		sec, err = r.s.v.ReadVersion(r.Context(), r.name, n)
	}
	if err != nil {
		return err
	}
	defer sec.Value.Wipe()
	r.scope.use(r.name)
	b := wire.SecretBytes(sec)
	defer clear(b)
	r.w.Header()["Etag"] = []string{etag(sec.Version)}
	return r.answer(http.StatusOK, append(b, '\n'))
}

func etag(version uint64) string { return strconv.Quote(strconv.FormatUint(version, 10)) }

// answerInfo tells which version a change has made.
func (r *request) answerInfo(info vault.Info, err error) error {
	if err != nil {
		return err
	}
	r.w.Header()["Etag"] = []string{etag(info.Version)}
	return r.answerJSON(http.StatusOK, wire.InfoOf(info))
}

// putSecret stores a value whether or not there is such a secret.
func putSecret(r *request) error {
	cond, err := r.condition()
	if err != nil {
		return err
	}
	return r.store("set", cond)
}

// patchSecret gives a secret that is there another value.
func patchSecret(r *request) error {
	const op = "update"
	cond, err := r.condition()
	switch {
	case err != nil:
		return err
	case cond == vault.Absent:
		return wire.Invalid(op, r.name, "an update needs an existing secret")
	}
	return r.store(op, cond.AndPresent())
}

// store stores the value in the body.
func (r *request) store(op string, cond vault.Condition) error {
	d, err := r.document(append(storeMembers(), "key")...)
	if err != nil {
		return err
	}
	defer d.wipe()
	var key string
	if err := d.get("key", &key); err != nil {
		return err
	}
	if key != "" && key != r.name {
		return wire.Invalid(op, r.name, "the key in the body differs from the one in the path")
	}
	c := vault.Change{Name: r.name, If: cond}
	if err := r.fill(op, d, &c); err != nil {
		return err
	}
	defer c.Value.Wipe()
	infos, err := r.s.v.Apply(r.Context(), []vault.Change{c}, nil)
	if err != nil {
		return named(err, op)
	}
	r.scope.use(r.name)
	return r.answerInfo(infos[0], nil)
}

// named says what was being done as the client sees it.
func named(err error, op string) error {
	if e, ok := err.(*vault.SecretError); ok && e.Op == "apply" {
		e.Op = op
	}
	return err
}

// value makes a value of its JSON. Without a kind a string is text, and an
// object {"$base64":…} is bytes where the secret holds bytes already.
func (r *request) value(op, name string, raw []byte, kind string) (value vault.Value, err error) {
	switch {
	case len(raw) == 0:
		return value, wire.Invalid(op, name, "the body has no value")
	case kind != "":
		value, err = wire.ValueOf(raw, kind)
	default:
		value, err = vault.FromJSON(raw, wire.LooksLikeBytes(raw) && r.holdsBytes(name))
	}
	if err != nil {
		return value, &vault.SecretError{Code: vault.InvalidValue, Op: op, Key: name, Err: err}
	}
	return value, nil
}

func (r *request) holdsBytes(name string) bool {
	sec, err := r.s.v.Read(r.Context(), name)
	sec.Value.Wipe()
	return err == nil && sec.Kind == crypto.Bytes.String()
}

func deleteSecret(r *request) error {
	cond, err := r.condition()
	if err != nil {
		return err
	}
	purge := r.URL.Query().Get("purge") == "1"
	return r.answerInfo(r.s.v.Delete(r.Context(), r.name, vault.DeleteOptions{Purge: purge, If: cond}))
}

func renameSecret(r *request) error {
	to, overwrite, err := r.target("rename")
	if err != nil {
		return err
	}
	return r.answerInfo(r.s.v.Rename(r.Context(), r.name, to, overwrite))
}

func copySecret(r *request) error {
	to, overwrite, err := r.target("copy")
	if err != nil {
		return err
	}
	return r.answerInfo(r.s.v.Copy(r.Context(), r.name, to, overwrite))
}

// target is the body of a renaming or a copy.
func (r *request) target(op string) (to string, overwrite bool, err error) {
	d, err := r.document("to", "overwrite")
	if err == nil {
		err = d.get("to", &to)
	}
	if err == nil {
		err = d.get("overwrite", &overwrite)
	}
	if err == nil {
		err = vault.CheckName(op, to)
	}
	if err == nil {
		err = r.allow(op, to)
	}
	return to, overwrite, err
}

func rollbackSecret(r *request) error {
	d, err := r.document("version")
	if err != nil {
		return err
	}
	var n uint64
	if err := d.get("version", &n); err != nil {
		return err
	}
	return r.answerInfo(r.s.v.Rollback(r.Context(), r.name, n))
}

func secretHistory(r *request) error {
	versions, err := r.s.v.History(r.Context(), r.name)
	if err != nil {
		return err
	}
	return r.answerJSON(http.StatusOK, map[string]any{"versions": wire.InfosOf(versions)})
}

// usedSecrets answers with the present values of the names that were used
// through this socket; the agent keeps no values. It holds one at a time. An
// error after the first is a member beside them.
func usedSecrets(r *request) error {
	next := []byte(`{"secrets":[`)
	for _, name := range r.scope.names() {
		sec, err := r.s.v.Read(r.Context(), name)
		if vault.CodeOf(err) == vault.NotFound {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		value := sec.Value.JSONValue()
		sec.Value.Wipe()
		if err = r.part(next); err == nil {
			err = r.part(fmt.Appendf(nil, `{"key":%q,"value":`, name))
		}
		if err == nil {
			err = r.part(value)
		}
		clear(value)
		if err != nil {
			return err
		}
		next = []byte("},")
	}
	if !r.began {
		return r.answer(http.StatusOK, append(next, "]}\n"...))
	}
	return r.part([]byte("}]}\n"))
}

// part sends a part of a document.
func (r *request) part(b []byte) error {
	if !r.began {
		r.w.Header()["Content-Type"] = jsonType
		r.began, r.parts = true, true
	}
	r.deadline()
	_, err := r.w.Write(b)
	return gone(err)
}
