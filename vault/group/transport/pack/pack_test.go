package pack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

var (
	group  = [16]byte{1}
	member = [8]byte{2}
)

func all(transport.Key) bool { return true }

// packed is a pack of some keys, and what is in it.
func packed(t testing.TB) ([]byte, map[string]string) {
	t.Helper()
	m := transport.NewMemory().Open()
	want := map[string]string{
		transport.ChangesKey(group, member, 1): "one", transport.ChangesKey(group, member, 2): strings.Repeat("x", 70_000),
		transport.BeatKey(group, member): "beat", transport.InboxKey([16]byte{9}): "\x00\n",
	}
	for key, data := range want {
		if err := m.Put(context.Background(), key, []byte(data), nil); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := Write(context.Background(), &file, m, all); err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), want
}

func TestPack(t *testing.T) {
	file, want := packed(t)
	to := transport.NewMemory().Open()
	for range 2 { // a second time it is all there already
		groups, err := Read(context.Background(), iotest.OneByteReader(bytes.NewReader(file)), to)
		if err != nil || len(groups) != 2 || !groups[group] {
			t.Fatal(groups, err)
		}
	}
	for key, data := range want {
		if got, err := to.Get(context.Background(), key); err != nil || string(got) != data {
			t.Errorf("%s: %.40q, %v", key, got, err)
		}
	}
	var again bytes.Buffer
	if err := Write(context.Background(), &again, to, all); err != nil || !bytes.Equal(again.Bytes(), file) {
		t.Errorf("packed again it is another, %v", err)
	}
	var some bytes.Buffer
	if err := Write(context.Background(), &some, to, func(k transport.Key) bool { return k.Kind == transport.Beat }); err != nil {
		t.Fatal(err)
	}
	part := transport.NewMemory().Open()
	if _, err := Read(context.Background(), &some, part); err != nil {
		t.Fatal(err)
	}
	if list, err := part.List(context.Background(), "", ""); err != nil || !slices.Equal(list, []string{transport.BeatKey(group, member)}) {
		t.Errorf("%q, %v", list, err)
	}
}

// TestRefused: what is cut anywhere, changed anywhere, or goes on, is refused.
func TestRefused(t *testing.T) {
	file, _ := packed(t)
	try := func(what string, b []byte) {
		t.Helper()
		_, err := Read(context.Background(), bytes.NewReader(b), transport.NewMemory().Open())
		if !errors.Is(err, ErrPack) && !errors.Is(err, transport.ErrSize) {
			t.Errorf("%s: %v", what, err)
		}
	}
	step := max(1, len(file)/150)
	for i := 0; i < len(file); i += step {
		try("cut", file[:i])
		b := slices.Clone(file)
		b[i] ^= 1
		try("changed", b)
	}
	for i := len(file) - 60; i < len(file); i++ {
		try("cut", file[:i])
	}
	try("goes on", append(slices.Clone(file), 0))
	try("twice", append(slices.Clone(file), file...))
	try("a bomb", []byte(firstLine+"\xff\xff\xff\xff"))
	broken := errors.New("the disk fails")
	if _, err := Read(context.Background(), io.MultiReader(bytes.NewReader(file[:99]), iotest.ErrReader(broken)), transport.NewMemory().Open()); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestOrder: each pack is in one order, so that one set of bundles is one file.
func TestOrder(t *testing.T) {
	var file bytes.Buffer
	w := newWriter(&file)
	for _, key := range []string{transport.InboxKey(group), transport.BeatKey(group, member)} {
		if err := w.add(key, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(context.Background(), &file, transport.NewMemory().Open()); !errors.Is(err, ErrPack) {
		t.Error(err)
	}
}

// FuzzPack reads packs that anybody may have made; what is taken is packed as the same.
func FuzzPack(f *testing.F) {
	file, _ := packed(f)
	f.Add(file[:300])
	var small bytes.Buffer
	m := transport.NewMemory().Open()
	_ = m.Put(context.Background(), transport.InboxKey(group), []byte("x"), nil)
	if err := Write(context.Background(), &small, m, all); err != nil {
		f.Fatal(err)
	}
	f.Add(small.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		to := transport.NewMemory().Open()
		if _, err := Read(context.Background(), bytes.NewReader(b), to); err != nil {
			return
		}
		var again bytes.Buffer
		if err := Write(context.Background(), &again, to, all); err != nil || !bytes.Equal(again.Bytes(), b) {
			t.Errorf("packed again it is another, %v", err)
		}
	})
}
