package rescue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

const op = "rescue"

// What is kept of what is found, at most. Files may be hostile: they cost time
// in proportion to their size, and no more memory than this and the names.
const (
	maxSlots     = 1024      // different ones
	maxHeads     = 256       // vaults, and pins of them
	maxFragments = 256 << 20 // bytes of index nodes
)

// Options say how a ruin is looked through.
type Options struct {
	// VaultID is the id of the vault, 32 hex digits, where nothing is left that
	// tells it, or where the remains of several lie together. "": it is found.
	VaultID string
	State   string // the folder of this machine's memory, as in vault.Options
	// Progress is told how many bytes of how many are read. May be nil.
	Progress func(done, total int)
	Warn     func(error) // of what could not be read; may be nil
}

// Ruin is what was found in the files. It is used by one goroutine.
type Ruin struct {
	o       Options
	path    string
	anchors anchor.Dir
	files   []source
	total   int64
	bad     int64 // bytes that did not read
	unread  int   // files and folders that did not open

	ids       []crypto.ID // candidates, the likely ones first
	given     bool        // ids is the user's word
	slots     []*slot
	heads     []*crypto.SignedHead // the newest of each vault and pin that signs itself
	headCount int
	suites    map[crypto.Suite]int // of what looks like a record
	fragments *crypto.Fragments

	opened []SlotKey
	vaults []*unsealed // one for each identity
	found  *collector  // after Collect
}

// slot is a key slot that was found.
type slot struct {
	crypto.Slot
	file   []byte // as long as it is in a hybrid vault, or to the end of the file
	short  int    // bytes in a classic vault
	long   int    // bytes in a hybrid one
	id     crypto.Digest
	listed uint64 // seq of the newest head that lists it; 0: none does
}

// Scan looks through a folder, a file, or the image of a disk, for all that
// needs no key: key slots, heads, nodes of the index, the vault's id.
//
// Codes: NoVault where the path is not there, or nothing of a vault is found;
// InvalidValue for a VaultID that is none.
func Scan(ctx context.Context, path string, o Options) (*Ruin, error) {
	r := &Ruin{o: o, path: path, suites: map[crypto.Suite]int{}, fragments: crypto.NewFragments(maxFragments)}
	if o.VaultID != "" {
		id, err := crypto.ParseID(o.VaultID)
		if err != nil {
			return nil, &vault.SecretError{Code: vault.InvalidValue, Op: op, Err: err, Remedy: remedy.To(remedy.ShapeID)}
		}
		r.ids, r.given = []crypto.ID{id}, true
	}
	var err error
	if r.anchors, err = anchor.At(o.State); err != nil {
		return nil, err
	}
	r.files, err = sources(path, r.missed)
	if err != nil {
		e := &vault.SecretError{Code: vault.NoVault, Op: op, Path: path, Err: err, Remedy: remedy.To(remedy.NameRescued)}
		if !errors.Is(err, fs.ErrNotExist) {
			e.Code = vault.Internal
		}
		return nil, e
	}
	for _, f := range r.files {
		r.total += f.size
	}
	if err := r.readAll(ctx, r.look); err != nil {
		return nil, err
	}
	if len(r.slots) == 0 && len(r.heads) == 0 && len(r.suites) == 0 {
		return nil, &vault.SecretError{
			Code: vault.NoVault, Op: op, Path: path,
			Message: "there is nothing of a vault in it", Remedy: remedy.To(remedy.NameRescued),
		}
	}
	r.list()
	return r, nil
}

// missed tells of what could not be opened.
func (r *Ruin) missed(err error) {
	r.unread++
	if r.o.Warn != nil {
		r.o.Warn(err)
	}
}

// readAll hands every window of every file to each.
func (r *Ruin) readAll(ctx context.Context, each func(file int, w window) error) error {
	r.bad, r.unread = 0, 0
	rd := reader{ctx: ctx}
	before := int64(0)
	for i, s := range r.files {
		rd.each = func(w window) error { return each(i, w) }
		rd.step = func(done, _ int64) {
			if r.o.Progress != nil {
				r.o.Progress(int((before+done)>>10), int(r.total>>10))
			}
		}
		f, err := s.open()
		if err != nil {
			r.missed(err)
			continue
		}
		rd.hole = nextData(f)
		err = rd.run(f, s.size)
		f.Close()
		if err != nil {
			return err
		}
		before += s.size
	}
	r.bad = rd.bad
	return nil
}

// look finds what needs no key in a window.
func (r *Ruin) look(file int, w window) error {
	find(w, crypto.AgeMagic, func(at int) { r.addAge(w.b[at:]) })
	find(w, crypto.HeadMagic, func(at int) { r.addHead(w.b[at:]) })
	find(w, vaultFileMagic, func(at int) { r.addVaultFile(w.b[at+len(vaultFileMagic):]) })
	r.fragments.Carve(w.b, w.fresh)
	return nil
}

// find calls fn for every place where magic begins.
func find(w window, magic string, fn func(at int)) {
	for at := 0; ; at++ {
		i := bytes.Index(w.b[at:], []byte(magic))
		if at += i; i < 0 || at >= w.fresh {
			return
		}
		fn(at)
	}
}

// addAge takes what begins like a record or a slot. Records are only counted:
// without a key there is no telling which of them are the vault's.
func (r *Ruin) addAge(b []byte) {
	c, err := crypto.Carve(b)
	if err != nil {
		return
	}
	if c.IsRecord() {
		r.suites[c.Suite]++
		return
	}
	if len(b) < c.SizeX25519 || len(r.slots) == maxSlots ||
		slices.ContainsFunc(r.slots, func(s *slot) bool { return s.id == c.ID && bytes.HasPrefix(b, s.file[:s.short]) }) {
		return
	}
	r.slots = append(r.slots, &slot{
		Slot: c.SlotOf(), id: c.ID, short: c.SizeX25519, long: c.SizeHybrid, file: bytes.Clone(b[:min(len(b), c.SizeHybrid)]),
	})
}

// addHead keeps the newest head of each vault and pin. It has to be signed by
// the key that it names: then nobody without that key made it.
func (r *Ruin) addHead(b []byte) {
	head, err := crypto.CarveHead(b)
	if err != nil {
		return
	}
	r.headCount++
	i := slices.IndexFunc(r.heads, func(h *crypto.SignedHead) bool { return h.Vault == head.Vault && h.Pin == head.Pin })
	if i >= 0 && r.heads[i].Seq >= head.Seq || i < 0 && len(r.heads) == maxHeads || head.CheckSig(head.Pin) != nil {
		return
	}
	if i >= 0 {
		r.heads[i] = head
	} else {
		r.heads = append(r.heads, head)
	}
}

// vaultFileMagic is how VAULT begins, up to the id.
const vaultFileMagic = "tacit-vault 1\nid "

func (r *Ruin) addVaultFile(b []byte) {
	const digits = 32
	if len(b) < digits {
		return
	}
	if id, err := crypto.ParseID(string(b[:digits])); err == nil {
		r.addID(id)
	}
}

func (r *Ruin) addID(id crypto.ID) {
	if !r.given && len(r.ids) < maxHeads && !slices.Contains(r.ids, id) {
		r.ids = append(r.ids, id)
	}
}

// list collects the ids, and what heads say of the slots.
func (r *Ruin) list() {
	slices.SortStableFunc(r.heads, func(a, b *crypto.SignedHead) int { return cmp.Compare(b.Seq, a.Seq) })
	for _, h := range r.heads {
		r.addID(h.Vault)
	}
	known, err := r.anchors.Vaults()
	if err != nil {
		r.missed(err)
	}
	for _, id := range known {
		r.addID(id)
	}
	for _, s := range r.slots {
		for _, h := range r.heads {
			for _, listed := range h.Slots {
				if listed.Sum == crypto.Sum(s.file) || listed.Sum == crypto.Sum(s.file[:s.short]) {
					s.Slot, s.listed = listed, max(s.listed, h.Seq)
				}
			}
		}
	}
	// Those that a head lists come first, those of the newest head before all.
	slices.SortStableFunc(r.slots, func(a, b *slot) int { return cmp.Compare(b.listed, a.listed) })
}

// Slots are the key slots that were found, the likely ones first. What is said
// of one that no head lists is a guess from the slot itself; its ID is 0.
func (r *Ruin) Slots() []vault.SlotInfo {
	list := make([]vault.SlotInfo, len(r.slots))
	for i, s := range r.slots {
		list[i] = s.info()
	}
	return list
}

func (s *slot) info() vault.SlotInfo {
	return vault.SlotInfo{ID: s.ID, Label: s.Label, Kind: s.Kind, Recipient: s.Recipient}
}
