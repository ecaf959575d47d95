package rescue

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
)

// place is where a record lies.
type place struct {
	file int
	off  int64
	size int
}

// record is one that opened.
type record struct {
	crypto.Header
	sum  crypto.Digest
	at   place
	keys *crypto.Keys // that it opened with
}

// newer tells whether a is the newer of two records of a name.
func newer(a, b crypto.Header) bool {
	return a.Version > b.Version || a.Version == b.Version && a.Seq > b.Seq
}

// secret is what was found of one name.
type secret struct {
	entry  *crypto.Entry  // what the head proves of it; nil: nothing
	hint   *crypto.Entry  // the newest that a loose leaf lists, where nothing is proven
	exact  *record        // the very record that entry lists
	within *record        // the newest of the commits up to the head, all where there is none
	beyond *record        // the newest of later commits
	lost   *crypto.Header // the newest whose header is authentic and whose value is not whole
}

// collector sorts the records as they are found.
type collector struct {
	r   *Ruin
	top *crypto.SignedHead

	mu     sync.Mutex // guards what is below
	names  map[string]*secret
	opened map[crypto.Digest]bool // headers of records that opened: a copy is no news
	report Report
}

// job is something that looks like a record. The bytes are its own, and all of
// it where it is not large.
type job struct {
	c     crypto.Carved
	at    place
	bytes []byte
}

// collect reads all files once more, and opens what looks like a record.
func (c *collector) collect(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan job, 64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for j := range jobs {
				c.try(j)
			}
		})
	}
	err := c.r.readAll(ctx, func(file int, w window) error {
		find(w, crypto.AgeMagic, func(at int) {
			if j, ok := c.job(file, w, at); ok {
				jobs <- j
			}
		})
		return nil
	})
	close(jobs)
	workers.Wait()
	return err
}

// wholeJob is the size up to which the bytes of what looks like a record are
// taken along. A larger one has to prove its header first: whoever writes many
// headers that promise megabytes shall not have them all read.
const wholeJob = 16 << 10

// job takes the bytes of what begins at a place, if it can be a record.
func (c *collector) job(file int, w window, at int) (job, bool) {
	carved, err := crypto.Carve(w.b[at:])
	if errors.Is(err, crypto.ErrNewer) {
		c.count(&c.report.Searched.Newer)
	}
	if err != nil || !carved.IsRecord() {
		return job{}, false
	}
	c.count(&c.report.Searched.Found)
	b := w.b[at:min(len(w.b), at+min(carved.Size, wholeJob))]
	return job{c: carved, at: place{file, w.off + int64(at), carved.Size}, bytes: bytes.Clone(b)}, true
}

// rest reads the whole of a large record.
func (c *collector) rest(j *job) error {
	f, err := c.r.files[j.at.file].open()
	if err != nil {
		return err
	}
	defer f.Close()
	j.bytes, err = readExact(f, j.at.off, j.at.size)
	return err
}

func (c *collector) count(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

// try opens what looks like a record, with each identity.
func (c *collector) try(j job) {
	if c.stale(j.c) {
		return
	}
	for _, u := range c.r.vaults {
		for _, k := range c.candidates(u) {
			r, err := c.open(k, &j)
			if errors.Is(err, crypto.ErrNotBound) {
				continue
			}
			if err != nil {
				break
			}
			c.settle(u, k)
			if r.at.size == 0 {
				c.lose(r.Header)
			} else {
				c.add(r, j.c.ID)
			}
			return
		}
	}
	c.count(&c.report.Searched.Foreign)
}

// open opens what looks like a record. Where the header alone verifies, what it
// returns is at no place.
func (c *collector) open(k *crypto.Keys, j *job) (*record, error) {
	large := j.at.size > len(j.bytes)
	if !large {
		h, plain, err := k.Open(j.bytes)
		clear(plain)
		if err == nil {
			return &record{Header: h, sum: crypto.Sum(j.bytes), at: j.at, keys: k}, nil
		}
		if errors.Is(err, crypto.ErrNotBound) {
			return nil, err
		}
	}
	h, err := k.OpenHeader(j.bytes)
	if err != nil {
		return nil, err
	}
	if large && c.rest(j) == nil {
		_, plain, err := k.Open(j.bytes)
		clear(plain)
		if err == nil {
			return &record{Header: h, sum: crypto.Sum(j.bytes), at: j.at, keys: k}, nil
		}
	}
	return &record{Header: h}, nil
}

// stale tells whether a record cannot matter any more: a copy of one that
// opened, or one that is older than one that did.
func (c *collector) stale(j crypto.Carved) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened[j.ID] {
		c.report.Searched.Copies++
		return true
	}
	s := c.names[j.Header.Name]
	if s == nil || s.entry != nil && s.entry.Version == j.Header.Version && s.entry.Seq == j.Header.Seq {
		return false
	}
	old := s.within
	if c.top != nil && j.Header.Seq > c.top.Seq {
		old = s.beyond
	}
	if old != nil && newer(old.Header, j.Header) {
		c.report.Searched.Older++
		return true
	}
	return false
}

func (c *collector) candidates(u *unsealed) []*crypto.Keys {
	c.mu.Lock()
	defer c.mu.Unlock()
	return u.keys
}

func (c *collector) settle(u *unsealed, k *crypto.Keys) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if u.sure {
		return
	}
	for _, other := range c.r.vaults {
		if !other.sure {
			other.narrow(k.ID())
		}
	}
	u.sure = true
}

// of returns what is known of a name. The caller holds mu.
func (c *collector) of(name string) *secret {
	s := c.names[name]
	if s == nil {
		s = &secret{}
		c.names[name] = s
	}
	return s
}

// add sorts a record in.
func (c *collector) add(r *record, id crypto.Digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened[id] {
		c.report.Searched.Copies++
		return
	}
	c.opened[id] = true
	c.report.Searched.Records++
	s := c.of(r.Name)
	if s.entry != nil && r.sum == s.entry.Sum {
		s.exact = r
	}
	best := &s.within
	if c.top != nil && r.Seq > c.top.Seq {
		best = &s.beyond
	}
	if *best == nil || newer(r.Header, (*best).Header) {
		*best = r
	}
}

// lose notes a record whose value is not whole.
func (c *collector) lose(h crypto.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Searched.Damaged++
	s := c.of(h.Name)
	if s.lost == nil || newer(h, *s.lost) {
		s.lost = &h
	}
}
