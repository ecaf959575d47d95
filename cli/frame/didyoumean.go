package frame

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// didYouMean makes the hint of an error about a name that there is not the name that
// was most likely meant. It needs no key, asks nothing, and waits for nobody.
func didYouMean(ctx context.Context, s *Session, err error) error {
	var se *vault.SecretError
	if !errors.As(err, &se) || se.Code != vault.NotFound || se.Key == "" {
		return err
	}
	f := failure.Explain(err)
	if f.Remedy.Action != remedy.FindSecret {
		return err // it has a better one
	}
	app, quiet := *s.App, *s
	app.Err = io.Discard
	quiet.App, quiet.NoInput, quiet.Wait = &app, true, Patience
	v, openErr := quiet.Open(ctx, ToList)
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
	near := cmdline.Nearest(se.Key, candidates)
	if near == "" || near == se.Key { // that one is there: a version of it is not
		return err
	}
	return f.Hinted("did you mean %s?", near)
}

// Patience is how long a vault in use is waited for: a TAB is not worth more.
const Patience = 300 * time.Millisecond
