package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Welcome is what one member needs to go on, whatever it has missed; or it is a
// farewell, which holds no key.
type Welcome struct {
	Role     Role             // of the member; Removed in a farewell
	Epoch    *crypto.Identity // of the newest charter's epoch; nil in a farewell
	Inbox    *crypto.Identity // for roles that hold it, else nil
	Farewell bool
	Charters []*Charter // by number: what proves the newest, which is the last; at most MaxCharters
}

const flagFarewell = 1

// Kind is KindWelcome.
func (*Welcome) Kind() Kind { return KindWelcome }

// Newest is the newest charter.
func (w *Welcome) Newest() *Charter { return w.Charters[len(w.Charters)-1] }

// Wipe zeroes the identities.
func (w *Welcome) Wipe() {
	for _, i := range []*crypto.Identity{w.Epoch, w.Inbox} {
		if i != nil {
			i.Wipe()
		}
	}
}

func (w *Welcome) fields() [][]byte {
	var flags uint64
	if w.Farewell {
		flags = flagFarewell
	}
	charters := make([][]byte, len(w.Charters))
	for i, c := range w.Charters {
		charters[i] = c.Marshal()
	}
	return [][]byte{
		crypto.Number(uint64(w.Role)), revealed(w.Epoch), revealed(w.Inbox),
		crypto.Number(flags), crypto.Encode("tacit/1/charters", charters...),
	}
}

// revealed is an identity as a field, which is empty for none.
func revealed(i *crypto.Identity) []byte {
	if i == nil {
		return nil
	}
	return []byte(i.Reveal())
}

func (w *Welcome) read(f *crypto.Fields) {
	var flags uint64
	f.Number((*uint64)(&w.Role))
	w.Epoch = readIdentity(f)
	w.Inbox = readIdentity(f)
	f.Number(&flags)
	if flags > flagFarewell {
		f.Fail(fmt.Errorf("%w: flags %d of a welcome", crypto.ErrNewer, flags))
	}
	w.Farewell = flags == flagFarewell
	readList(f, "tacit/1/charters", MaxCharters, func(b []byte) error {
		c, err := ParseCharter(b)
		w.Charters = append(w.Charters, c)
		return err
	})
}

func readIdentity(f *crypto.Fields) *crypto.Identity {
	b := f.Next()
	if len(b) == 0 {
		return nil
	}
	i, err := crypto.ParseIdentity(string(b))
	if err != nil {
		f.Fail(err)
		return nil
	}
	return i
}

func (w *Welcome) check() error {
	if !w.Role.known() {
		return fmt.Errorf("%w: a welcome for %s", crypto.ErrNewer, w.Role)
	}
	if len(w.Charters) < 1 || len(w.Charters) > MaxCharters {
		return fmt.Errorf("%w: %d charters in a welcome, 1 to %d", crypto.ErrLimit, len(w.Charters), MaxCharters)
	}
	for i, c := range w.Charters {
		if err := c.check(); err != nil {
			return err
		}
		if i > 0 && w.Charters[i-1].Number >= c.Number {
			return fmt.Errorf("%w: charters of a welcome are not sorted", crypto.ErrMalformed)
		}
	}
	switch {
	case w.Farewell != (w.Role == Removed), w.Farewell == (w.Epoch != nil), w.Role.HoldsInbox() != (w.Inbox != nil):
		return fmt.Errorf("%w: keys of a welcome", crypto.ErrMalformed)
	case w.Farewell:
		return nil
	}
	return w.Newest().checkKeys(w.Epoch, w.Inbox)
}

// checkKeys holds identities against the recipients that the charter names.
func (c *Charter) checkKeys(epoch, inbox *crypto.Identity) error {
	for _, k := range []struct {
		identity *crypto.Identity
		want     crypto.Digest
	}{{epoch, c.EpochRecipient}, {inbox, c.InboxRecipient}} {
		if k.identity == nil {
			continue
		}
		recipient, err := k.identity.Recipient()
		if err != nil {
			return err
		}
		if RecipientSum(recipient) != k.want {
			return fmt.Errorf("%w: a key that the charter does not name", crypto.ErrForged)
		}
	}
	return nil
}
