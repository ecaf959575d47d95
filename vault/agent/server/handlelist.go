package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// listSecrets lists names, or searches them.
func listSecrets(r *request) error {
	q := r.URL.Query()
	if q.Has("find") {
		infos, err := r.s.v.Find(r.Context(), q.Get("find"), q.Get("fuzzy") == "1")
		if err != nil {
			return err
		}
		infos = slices.DeleteFunc(infos, func(i vault.Info) bool { return !r.scope.grant.Allows(i.Name) })
		return r.answerJSON(http.StatusOK, wire.List{Secrets: wire.InfosOf(infos)})
	}
	o := vault.ListOptions{
		Prefix: q.Get("prefix"), After: q.Get("after"),
		Details: q.Get("details") == "1", Deleted: q.Get("deleted") == "1", Hint: q.Get("hint") == "1",
	}
	if limit := q.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 0 {
			return wire.Invalid("list", "", "a limit is a number")
		}
		o.Limit = n
	}
	var body []byte
	err := r.oneState(func(page int) error {
		body = append(body[:0], `{"secrets":[`...)
		return r.eachInfo(page, o, func(in vault.Info) error {
			if body[len(body)-1] == '}' {
				body = append(body, ',')
			}
			b, err := json.Marshal(wire.InfoOf(in))
			body = append(body, b...)
			return err
		})
	})
	if err != nil {
		return err
	}
	return r.answer(http.StatusOK, append(body, "]}\n"...))
}

// listPage is how many names are looked at at a time: a list of all of a large
// vault would take more memory than the agent has otherwise.
const listPage = 1000

// oneState runs what lists in pages, again where a commit came between two of
// them. Where commits come all the time it is all one page.
func (r *request) oneState(fn func(page int) error) error {
	for range 3 {
		before := r.s.v.Status().Seq
		if err := fn(listPage); err != nil || r.s.v.Status().Seq == before {
			return err
		}
	}
	return fn(0)
}

// eachInfo gives fn what the options ask for and the grant allows.
func (r *request) eachInfo(page int, o vault.ListOptions, fn func(vault.Info) error) error {
	grant, n, limit := r.scope.grant, 0, o.Limit
	if o.Limit = page; len(grant.Only) == 0 && limit > 0 && (page == 0 || limit < page) {
		o.Limit = limit
	}
	if p := grant.Prefix(); strings.HasPrefix(p, o.Prefix) {
		o.Prefix = p
	}
	for {
		some, err := r.s.v.List(r.Context(), o)
		if err != nil {
			return err
		}
		for _, in := range some {
			if !grant.Allows(in.Name) {
				continue
			}
			if err := fn(in); err != nil {
				return err
			}
			if n++; n == limit {
				return nil
			}
		}
		if o.Limit == 0 || len(some) < o.Limit {
			return nil
		}
		o.After = some[len(some)-1].Name
	}
}
