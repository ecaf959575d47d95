package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Changes are what a writer changed: one bundle of its feed.
type Changes struct {
	Time  int64  // Unix seconds, by the author's clock
	Seen  Seen   // what the author had applied, its own feed included
	Items []Item // by name, each name once; at most MaxItems
}

// Kind is KindChanges.
func (*Changes) Kind() Kind { return KindChanges }

// Wipe zeroes the values.
func (c *Changes) Wipe() {
	for i := range c.Items {
		clear(c.Items[i].Value)
	}
}

func (c *Changes) fields() [][]byte {
	f := make([][]byte, 0, 2+len(c.Items))
	f = append(f, crypto.Number(uint64(c.Time)), c.Seen.encode())
	for i := range c.Items {
		f = append(f, c.Items[i].encode())
	}
	return f
}

func (c *Changes) read(f *crypto.Fields) {
	f.Time(&c.Time)
	c.Seen = readDots(f, "tacit/1/dots", MaxDots)
	for f.Left() > 0 {
		item, err := parseItem(f.Next())
		f.Fail(err)
		c.Items = append(c.Items, item)
	}
}

func (c *Changes) check() error {
	if err := checkTime(c.Time); err != nil {
		return err
	}
	if err := c.Seen.check(); err != nil {
		return err
	}
	if len(c.Items) > MaxItems {
		return fmt.Errorf("%w: %d changes, at most %d", crypto.ErrLimit, len(c.Items), MaxItems)
	}
	for i := range c.Items {
		if err := c.Items[i].check(); err != nil {
			return err
		}
		if i > 0 && c.Items[i-1].Name >= c.Items[i].Name {
			return fmt.Errorf("%w: changes are not sorted and unique", crypto.ErrMalformed)
		}
	}
	return nil
}
