package transporttest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

func testPutGet(t *testing.T, p Place) {
	u := open(t, p)
	u.wantNone(changes(1))
	u.put(changes(1), "one")
	u.put(changes(2), "\x00\r\n\xff binary \x1a\n")
	u.want(changes(1), "one")
	u.want(changes(2), "\x00\r\n\xff binary \x1a\n")
	u.wantNone(changes(3))
	open(t, p).want(changes(2), "\x00\r\n\xff binary \x1a\n")
}

// What was put once stays, and the answer to a second try tells which of the two it is.
func testOnce(t *testing.T, p Place) {
	u, second := open(t, p), open(t, p)
	u.put(changes(1), "one")
	u.put(changes(1), "one") // the answer to the first was lost, perhaps
	second.put(changes(1), "one")
	u.taken(changes(1), "another", "")
	second.taken(changes(1), "another", "")
	second.taken(changes(1), "one and more", "")
	u.want(changes(1), "one")
}

func testReplace(t *testing.T, p Place) {
	u, second := open(t, p), open(t, p)
	u.taken(beat(), "2", "1") // nothing is there
	u.wantNone(beat())
	u.put(beat(), "1")
	u.taken(beat(), "2", "")
	u.replace(beat(), "2", "1")
	u.want(beat(), "2")
	second.taken(beat(), "3", "1")
	second.want(beat(), "2")
	second.replace(beat(), "3", "2")
	u.want(beat(), "3")
	u.replace(beat(), "3", "2") // it is stored already
	u.replace(beat(), strings.Repeat("x", 70_000), "3")
	u.replace(beat(), "3", strings.Repeat("x", 70_000))
	second.want(beat(), "3")
	second.wantAll("", beat())
}

// What goes in and what comes out belongs to the caller.
func testCopies(t *testing.T, p Place) {
	u := open(t, p)
	data := []byte("value")
	if err := u.Put(u.ctx, beat(), data, nil); err != nil {
		t.Fatal(err)
	}
	copy(data, "!!!!!")
	u.want(beat(), "value")
	got, err := u.Get(u.ctx, beat())
	if err != nil {
		t.Fatal(err)
	}
	copy(got, "!!!!!")
	u.want(beat(), "value")
}

// every is one key of each kind.
func every() []string {
	return []string{
		transport.ChangesKey(group, writer, 1), transport.ChangesKey(group, writer, transport.MaxNumber),
		transport.PartKey(group, owner, 1, 1), transport.PartKey(group, owner, 1, transport.MaxNumber), transport.MembersKey(group, owner, 1, 1), transport.MembersKey(group, owner, 1, transport.MaxNumber),
		transport.BeatKey(group, owner), transport.HintKey(group, writer), transport.WelcomeKey(group, writer, owner), transport.InboxKey(group),
		transport.JoinKey(group, invite, writer), transport.ReceiptKey(group, writer),
	}
}

func testEveryKind(t *testing.T, p Place) {
	u := open(t, p)
	for _, key := range every() {
		u.put(key, "in "+key)
	}
	second := open(t, p)
	for _, key := range every() {
		second.want(key, "in "+key)
		second.wantAll(key, key)
	}
	second.wantAll("", every()...)
}

// What is no key is refused, and reaches nothing.
func testNoKeys(t *testing.T, p Place) {
	u := open(t, p)
	for _, key := range []string{
		"", "x", "../x", "/etc/passwd", beat() + "/x", beat() + ".tacit", strings.ToUpper(beat()), beat()[1:], "w/../" + beat(), beat() + "\n",
		strings.ReplaceAll(beat(), "/", "."), "b/*/>", "b/" + strings.Repeat("a", 1<<20),
	} {
		_, err := u.Get(u.ctx, key)
		_, list := u.List(u.ctx, "", key)
		for what, err := range map[string]error{
			"Get": err, "Put": u.Put(u.ctx, key, []byte("x"), nil), "Put with old": u.Put(u.ctx, key, []byte("x"), []byte("y")),
		} {
			if !errors.Is(err, transport.ErrKey) {
				t.Errorf("%s of %.60q: %v", what, key, err)
			}
		}
		if key != "" && !errors.Is(list, transport.ErrKey) {
			t.Errorf("List after %.60q: %v", key, list)
		}
		if err := transport.Delete(u.ctx, u.Transport, key); !p.NoDelete && !errors.Is(err, transport.ErrKey) {
			t.Errorf("Delete of %.60q: %v", key, err)
		}
	}
	for _, prefix := range []string{"x", "/", "w", "w/..", "w/../", beat() + "/", "b/*", beat()[:len(beat())-1]} {
		if _, err := u.List(u.ctx, prefix, ""); !errors.Is(err, transport.ErrKey) {
			t.Errorf("List of %q: %v", prefix, err)
		}
		if err := u.Wait(u.ctx, prefix); !errors.Is(err, transport.ErrKey) {
			t.Errorf("Wait for %q: %v", prefix, err)
		}
	}
	u.wantAll("")
}

func testSizes(t *testing.T, p Place) {
	u := open(t, p)
	most := p.MaxData
	if most == 0 {
		most = transport.MaxData
	}
	for i, n := range []int{1, 4096, 64 << 10, most} {
		data := bytes.Repeat([]byte{byte(i), 0xff, 0, '\n'}, n/4+1)[:n]
		if err := u.Put(u.ctx, changes(i+1), data, nil); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if got, err := u.Get(u.ctx, changes(i+1)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: %d bytes, %v", n, len(got), err)
		}
	}
	for _, data := range [][]byte{nil, {}, make([]byte, transport.MaxData+1), make([]byte, most+1)} {
		if err := u.Put(u.ctx, changes(9), data, nil); !errors.Is(err, transport.ErrSize) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
	u.wantNone(changes(9))
}

func testDelete(t *testing.T, p Place) {
	u, second := open(t, p), open(t, p)
	if p.NoDelete {
		if err := transport.Delete(u.ctx, u.Transport, beat()); !errors.Is(err, transport.ErrNoDelete) {
			t.Error(err)
		}
		return
	}
	u.put(changes(1), "one")
	u.put(changes(2), "two")
	u.put(beat(), "beat")
	for range 2 {
		for _, key := range []string{changes(1), beat(), changes(3)} {
			if err := transport.Delete(u.ctx, u.Transport, key); err != nil {
				t.Fatal(err)
			}
		}
	}
	second.wantNone(changes(1))
	second.wantNone(beat())
	second.want(changes(2), "two")
	second.wantAll("", changes(2))
	second.taken(beat(), "again", "beat")
	second.put(beat(), "again")
	u.want(beat(), "again")
	u.replace(beat(), "more", "again")
	second.want(beat(), "more")
}
