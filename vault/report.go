package vault

import "github.com/tacit-vault/tacit/crypto"

// A report is what will be told of a staged version, beside what its entry has. A large
// batch keeps these: an Info is nearly three times as large.
type report struct {
	same    *Info // there is nothing new: this is what there was
	size    int64
	updated int64
	attrs   []crypto.Attr
}

// infos is what a change tells of each version that was staged, in order.
func (p *plan) infos() []Info {
	infos, entries := make([]Info, 0, len(p.reports)), p.entries
	for _, r := range p.reports {
		if r.same != nil {
			infos = append(infos, *r.same)
			continue
		}
		e := entries[0]
		entries = entries[1:]
		h := crypto.Header{Version: e.Version, Kind: e.Kind, Size: r.size, Updated: r.updated, Attrs: r.attrs}
		infos = append(infos, infoOf(e).withHeader(h))
	}
	return infos
}
