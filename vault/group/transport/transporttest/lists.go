package transporttest

import (
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

func testList(t *testing.T, p Place) {
	u := open(t, p)
	u.wantAll("")
	var feed []string
	for _, seq := range []uint64{100, 3, 20, 1} {
		feed = append(feed, transport.ChangesKey(group, writer, seq))
		u.put(feed[len(feed)-1], "x")
	}
	beside := []string{
		transport.ChangesKey(group, owner, 1), transport.ChangesKey(other, writer, 2), transport.HintKey(group, writer),
		transport.InboxKey(group), transport.InboxKey(other), transport.PartKey(group, owner, 1, 1), transport.MembersKey(group, owner, 1, 1),
	}
	for _, key := range beside {
		u.put(key, "x")
	}
	u.wantAll("", append(slices.Clone(feed), beside...)...)
	u.wantAll(transport.FeedPrefix(group, writer), feed...)
	u.wantAll(transport.Prefix(transport.Changes, group), append(slices.Clone(feed), beside[0])...)
	u.wantAll(transport.CheckpointPrefix(group, owner, 1), beside[5], beside[6])
	u.wantAll(transport.CheckpointPrefix(group, owner, 2))
	u.wantAll("g/", beside[3], beside[4])
	u.wantAll("r/")
	slices.Sort(feed)
	for i, key := range feed {
		list, err := u.List(u.ctx, transport.FeedPrefix(group, writer), key)
		if err != nil || !slices.Equal(list, feed[i+1:]) {
			t.Errorf("after %s: %q, %v", key, list, err)
		}
	}
	absent, _ := u.List(u.ctx, transport.FeedPrefix(group, writer), transport.ChangesKey(group, writer, 4))
	if !slices.Equal(absent, feed[2:]) {
		t.Errorf("after a key that is not there: %q", absent)
	}
	behind, err := u.List(u.ctx, transport.FeedPrefix(group, writer), transport.HintKey(group, writer))
	if err != nil || !slices.Equal(behind, feed) {
		t.Errorf("after a key that comes before: %q, %v", behind, err)
	}
	past, err := u.List(u.ctx, "g/", feed[0])
	if err != nil || len(past) != 0 {
		t.Errorf("after a key that comes behind: %q, %v", past, err)
	}
}

// More than a page.
func testPages(t *testing.T, p Place) {
	if p.Slow && testing.Short() {
		t.Skip("fills the place")
	}
	u := open(t, p)
	const more = 70
	var keys []string
	for i := range transport.MaxList + more {
		key := transport.ReceiptKey(group, [8]byte{byte(i >> 8), byte(i)})
		u.put(key, "x")
		keys = append(keys, key)
	}
	u.put(beat(), "x")
	u.put(transport.ChangesKey(group, writer, 1), "x")
	page, err := u.List(u.ctx, "r/", "")
	if err != nil || !slices.Equal(page, keys[:transport.MaxList]) {
		t.Errorf("the first page has %d keys, %v", len(page), err)
	}
	u.wantAll("r/", keys...)
	if n := len(u.all("")); n != len(keys)+2 {
		t.Errorf("%d keys in all", n)
	}
	for _, key := range u.all("") {
		if !strings.HasPrefix(key, "r/") && key != beat() && key != transport.ChangesKey(group, writer, 1) {
			t.Errorf("%s was never put", key)
		}
	}
}
