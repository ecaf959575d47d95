package vault

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// maxLinks is how many rotations are followed: one a day for a lifetime.
const maxLinks = 30_000

// linksFrom reads the links of the rotations since what is remembered, where
// the pin is another than the one remembered; else none is needed, nor of what
// a restore has announced.
func linksFrom(dir string, m anchor.Memory, c claim) (links []crypto.Link, err error) {
	if !m.Known || m.Pin == c.head.Pin || m.Announces(&c.head.Head) {
		return nil, nil
	}
	err = c.view(func(r store.Reader) error {
		links, err = readLinks(r, m.Reference().Seq)
		return err
	})
	if errors.Is(err, crypto.ErrMalformed) || errors.Is(err, crypto.ErrLimit) {
		return nil, &SecretError{
			Code: HeadForged, Path: dir, Err: err,
			Message: "a link between the vault's old and new keys is malformed: forged or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	return links, err
}

// readLinks reads the links of the commits after seq, in their order. Nothing
// of them is checked but their form.
func readLinks(r store.Reader, seq uint64) (links []crypto.Link, err error) {
	for key, err := range r.Keys([]byte(logSpace), logKey(seq+1)) {
		if err != nil {
			return nil, err
		}
		if !bytes.HasSuffix(key, []byte(linkSuffix)) {
			continue
		}
		if len(links) == maxLinks {
			return nil, fmt.Errorf("%w: more than %d rotations", crypto.ErrLimit, maxLinks)
		}
		b, err := r.Get(key)
		if err != nil {
			return nil, err
		}
		link, err := crypto.ParseLink(b)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(key, linkKey(link.Seq)) {
			return nil, fmt.Errorf("%w: a link under another commit", crypto.ErrMalformed)
		}
		links = append(links, link)
	}
	return links, nil
}
