package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// CheckpointPart is a part of the state of all names. A checkpoint counts only
// when all its parts are there: they have the same number, set, time and dots.
type CheckpointPart struct {
	Set   SetID
	Part  uint64 // from 1
	Parts uint64 // at most MaxParts
	Time  int64  // Unix seconds, by the owner's clock
	Seen  Seen   // what the state covers
	Items []HeadItem
}

// Kind is KindCheckpoint.
func (*CheckpointPart) Kind() Kind { return KindCheckpoint }

// Wipe zeroes the values.
func (c *CheckpointPart) Wipe() {
	for i := range c.Items {
		clear(c.Items[i].Value)
	}
}

func (c *CheckpointPart) fields() [][]byte {
	f := make([][]byte, 0, 5+len(c.Items))
	f = append(f, c.Set[:], crypto.Number(c.Part), crypto.Number(c.Parts), crypto.Number(uint64(c.Time)), c.Seen.encode())
	for i := range c.Items {
		f = append(f, c.Items[i].encode())
	}
	return f
}

func (c *CheckpointPart) read(f *crypto.Fields) {
	f.Fixed(c.Set[:])
	f.Number(&c.Part)
	f.Number(&c.Parts)
	f.Time(&c.Time)
	c.Seen = readDots(f, "tacit/1/dots", MaxDots)
	for f.Left() > 0 {
		item, err := parseHeadItem(f.Next())
		f.Fail(err)
		c.Items = append(c.Items, item)
	}
}

func (c *CheckpointPart) check() error {
	if err := checkPart(c.Part, c.Parts); err != nil {
		return err
	}
	if err := checkTime(c.Time); err != nil {
		return err
	}
	if err := c.Seen.check(); err != nil {
		return err
	}
	if len(c.Items) > MaxItems {
		return fmt.Errorf("%w: %d items, at most %d", crypto.ErrLimit, len(c.Items), MaxItems)
	}
	for i := range c.Items {
		if err := c.Items[i].check(); err != nil {
			return err
		}
		if i > 0 && !c.Items[i-1].before(&c.Items[i]) {
			return fmt.Errorf("%w: items are not sorted and unique", crypto.ErrMalformed)
		}
		if !c.Seen.Covers(c.Items[i].Member, c.Items[i].Seq) {
			return fmt.Errorf("%w: an item that the checkpoint does not cover", crypto.ErrMalformed)
		}
	}
	return nil
}

// checkPart refuses a part of something that has none such.
func checkPart(part, parts uint64) error {
	switch {
	case parts > MaxParts:
		return fmt.Errorf("%w: %d parts, at most %d", crypto.ErrLimit, parts, MaxParts)
	case part < 1 || part > parts:
		return fmt.Errorf("%w: part %d of %d", crypto.ErrMalformed, part, parts)
	}
	return nil
}
