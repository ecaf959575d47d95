package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// readMany sends the named secrets, or all that the grant is for, one a line and
// out of one state of the vault. To read all is no use of each.
func readMany(r *request) error {
	d, err := r.document("names")
	if err != nil {
		return err
	}
	var names []string
	if err := d.get("names", &names); err != nil {
		return err
	}
	if len(names) > r.s.limits.names {
		return wire.Invalid("read", "", fmt.Sprintf("more than %d names", r.s.limits.names))
	}
	for _, name := range names {
		if err := vault.CheckName("read", name); err != nil {
			return err
		}
		if err := r.allow("read", name); err != nil {
			return err
		}
	}
	st, n := r.stream(), 0
	each := func(sec vault.Secret) error {
		b := append(wire.SecretBytes(sec), '\n')
		defer clear(b)
		n++
		if len(names) > 0 {
			r.scope.use(sec.Name)
		}
		return st.line(b)
	}
	if len(names) == 0 && len(r.scope.grant.Only) > 0 {
		err = r.readAllowed(each)
	} else {
		err = r.s.v.ReadEach(r.Context(), names, each)
	}
	if err != nil {
		return err
	}
	return st.last(wire.End{End: n})
}

// readAllowed reads all that the grant is for. A name that is deleted between
// the list and the reading makes it begin anew: nothing was sent yet then,
// because all names are looked up before the first is read.
func (r *request) readAllowed(each func(vault.Secret) error) error {
	for try := 0; ; try++ {
		var names []string
		err := r.oneState(func(page int) error {
			names = names[:0]
			return r.eachInfo(page, vault.ListOptions{}, func(in vault.Info) error {
				names = append(names, in.Name)
				return nil
			})
		})
		if err != nil || len(names) == 0 {
			return err
		}
		err = r.s.v.ReadEach(r.Context(), names, each)
		if vault.CodeOf(err) != vault.NotFound || r.began || try == 2 {
			return err
		}
	}
}

// postBatch makes many changes in one commit. They come one a line.
func postBatch(r *request) error {
	const op = "apply"
	changes, err := r.changes(op, r.payload)
	clear(r.payload)
	defer func() {
		for _, c := range changes {
			c.Value.Wipe()
		}
	}()
	if err != nil {
		return err
	}
	st := r.stream()
	infos, err := r.s.v.Apply(r.Context(), changes, st.progress)
	if err != nil {
		return err
	}
	for _, c := range changes {
		r.scope.use(c.Name)
	}
	return st.infos(infos)
}

// changes reads the lines of a batch.
func (r *request) changes(op string, body []byte) (changes []vault.Change, err error) {
	for n := 1; len(body) > 0; n++ {
		var line []byte
		line, body, _ = bytes.Cut(body, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(changes) == r.s.limits.changes {
			return changes, wire.Invalid(op, "", fmt.Sprintf("more than %d changes", r.s.limits.changes))
		}
		c, err := r.change(op, line)
		if err != nil {
			var e *vault.SecretError
			if errors.As(err, &e) && e.Key == "" {
				e.Message = fmt.Sprintf("line %d: %s", n, e.Message)
			}
			return changes, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// change reads one line of a batch.
func (r *request) change(op string, line []byte) (c vault.Change, err error) {
	if int64(len(line)) > r.s.limits.body {
		return c, tooLarge(op, r.s.limits.body)
	}
	d, err := parseDocument(line, append(storeMembers(), "name", "delete", "if")...)
	if err != nil {
		return c, err
	}
	defer d.wipe()
	for name, into := range map[string]any{"name": &c.Name, "delete": &c.Delete, "if": &c.If} {
		if err := d.get(name, into); err != nil {
			return c, err
		}
	}
	if err := vault.CheckName(op, c.Name); err != nil {
		return c, err
	}
	if err := r.allow(op, c.Name); err != nil {
		return c, err
	}
	if !c.Delete {
		err = r.fill(op, d, &c)
	}
	return c, err
}

func (s *server) wireReport(r vault.Report) wire.Report {
	w := wire.Report{
		OK: len(r.Findings) == 0, Full: r.Full, Secrets: r.Names, Deleted: r.Gone, Records: r.Records,
		Commits: r.Seq, Unfinished: r.Unfinished, Findings: make([]wire.Finding, len(r.Findings)), LastWhole: r.LastWhole,
	}
	for i, f := range r.Findings {
		w.Findings[i] = wire.Finding{Code: f.Code, Name: f.Name, Message: f.Message, Meaning: f.Meaning, Remedy: s.say(f.Remedy), Action: f.Remedy}
	}
	return w
}

func postVerify(r *request) error {
	d, err := r.document("full")
	if err != nil {
		return err
	}
	var isFull bool
	if err := d.get("full", &isFull); err != nil {
		return err
	}
	st := r.stream()
	report, err := r.s.v.Verify(r.Context(), vault.VerifyOptions{Full: isFull, Progress: st.progress})
	if err != nil {
		return err
	}
	return st.last(wire.VerifyEnd{Report: r.s.wireReport(report)})
}

// aloneFor closes the gate for somebody who is to have the vault alone.
func (r *request) aloneFor(op string) error {
	ctx, cancel := r.wait()
	defer cancel()
	go r.s.hasten(ctx)
	if err := r.s.gate.close(ctx); err != nil {
		if context.Cause(r.Context()) != nil {
			return errHungUp
		}
		return wire.Busy(op, "other requests to the agent are under way", remedy.To(remedy.WaitForThem))
	}
	return nil
}

// hasten closes, until ctx ends, connections that keep the vault from who is to
// have it alone: requests use it as long as their answers are not read. Who came
// through the agent's own socket may take more time.
func (s *server) hasten(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(patience / 4):
		}
		s.mu.Lock()
		listeners := slices.Collect(maps.Keys(s.listeners))
		s.mu.Unlock()
		for _, d := range listeners {
			if d.scope.main {
				d.pool.stalled(5 * patience)
			} else {
				d.pool.stalled(patience)
			}
		}
	}
}
