package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// meant makes the hint of an error about a name that there is not the name that
// was most likely meant. It needs no key, asks nothing, and waits for nobody.
func (s *session) meant(ctx context.Context, err error) error {
	var se *vault.SecretError
	if !errors.As(err, &se) || se.Code != vault.NotFound || se.Key == "" {
		return err
	}
	f := explain(err)
	if f.remedy.Action != remedy.FindSecret {
		return err // it has a better one
	}
	app, quiet := *s.App, *s
	app.Err = io.Discard
	quiet.App, quiet.noInput, quiet.wait = &app, true, patience
	v, openErr := quiet.open(ctx, names)
	if openErr != nil {
		return err
	}
	defer v.Close()
	infos, listErr := v.List(ctx, vault.ListOptions{})
	if listErr != nil {
		return err
	}
	candidates := make([]string, len(infos))
	for i, in := range infos {
		candidates[i] = in.Name
	}
	near := nearest(se.Key, candidates)
	if near == "" || near == se.Key { // that one is there: a version of it is not
		return err
	}
	return f.hinted("did you mean %s?", near)
}

// patience is how long a vault in use is waited for: a TAB is not worth more.
const patience = 300 * time.Millisecond
