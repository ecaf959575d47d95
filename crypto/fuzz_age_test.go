package crypto

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"
)

// FuzzAgeFile holds our way to open an age file against age's own: the same
// verdict and the same plaintext on whatever a fuzzer makes of age's vectors,
// and no plaintext with an error. Stricter we are in the length of the header.
func FuzzAgeFile(f *testing.F) {
	files, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		f.Fatal(err)
	}
	var (
		stock []age.Identity
		ours  []func([]*age.Stanza) ([]byte, error)
		known = map[string]bool{}
		seeds int
	)
	for _, file := range files {
		b, err := fs.ReadFile(agetest.Vectors, file.Name())
		if err != nil {
			f.Fatal(err)
		}
		v := parseCCTV(f, b)
		for i, line := range v.identities {
			if !known[line] {
				known[line] = true
				stock, ours = append(stock, v.stock[i]), append(ours, v.ours[i])
			}
		}
		if !v.armored && len(v.file) < 1<<18 {
			f.Add(v.file)
			seeds++
		}
	}
	if seeds < 50 || len(stock) < 3 {
		f.Fatalf("%d seeds, %d identities", seeds, len(stock))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if stanzas, err := stanzasOf(file, 4<<20); err == nil {
			for _, s := range stanzas {
				if s.Type == typeScrypt && len(s.Args) == 2 && len(s.Args[1]) > 1 {
					return // 2^10 and more: too much work to fuzz
				}
			}
		}
		var want []byte
		r, wantErr := age.Decrypt(bytes.NewReader(file), stock...)
		if wantErr == nil {
			want, wantErr = io.ReadAll(r)
		}
		got, err := openAge(file, MaxSlotFile, func(stanzas []*age.Stanza) ([]byte, error) {
			for _, unwrap := range ours {
				fileKey, err := unwrap(stanzas)
				if !errors.Is(err, age.ErrIncorrectIdentity) {
					return fileKey, err
				}
			}
			return nil, age.ErrIncorrectIdentity
		})
		switch {
		case errors.Is(err, ErrLimit):
			if n, err := headerLen(file, 4<<20); err == nil && n <= MaxSlotFile {
				t.Fatalf("a header of %d bytes is over the limit", n)
			}
		case (err == nil) != (wantErr == nil):
			t.Fatalf("age says %v, we say %v", wantErr, err)
		case err != nil && got != nil:
			t.Fatal("a plaintext comes with the error")
		case err == nil && !bytes.Equal(got, want):
			t.Fatal("another plaintext than age's")
		}
	})
}

// FuzzRecoveryForm: the form of a phrase is its own form, and does not depend on
// what stands between the words.
func FuzzRecoveryForm(f *testing.F) {
	seed(f, []string{"one two three", "ONE-Two_three\n", " --__ ", "a\u00a0b\u2003c", "É é İ ſ", "\xff-\xfe", ""},
		func(s string) []byte { return []byte(s) })
	f.Fuzz(func(t *testing.T, phrase []byte) {
		form := RecoveryForm(phrase)
		if again := RecoveryForm(form); !bytes.Equal(again, form) {
			t.Fatal("the form of a form is another")
		}
		if spaced := bytes.ReplaceAll(form, []byte("-"), []byte(" \t")); !bytes.Equal(RecoveryForm(spaced), form) {
			t.Fatal("spaces between the words make another form")
		}
		if len(form) > 0 && (form[0] == '-' || form[len(form)-1] == '-' || bytes.Contains(form, []byte("--"))) {
			t.Fatal("a word that is empty")
		}
	})
}

// FuzzHex: what is read as an id, pin, digest or replica has one spelling.
func FuzzHex(f *testing.F) {
	seed(f, []string{
		NewID().String(), Pin{1}.String(), Digest{2}.String(), NewReplica().String(), "", "0", "-",
		"ABCDEFABCDEFABCDEFABCDEFABCDEFAB", "odIhcrCuTGQQ41YRogWxrxWdxgY6UAWYn47F92NO7NI",
	}, func(s string) []byte { return []byte(s) })
	f.Fuzz(func(t *testing.T, b []byte) {
		s := string(b)
		one := func(again string, err error) {
			if err == nil && again != s {
				t.Errorf("%q is read as %q", s, again)
			}
			if err != nil && errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
		}
		id, err := ParseID(s)
		one(id.String(), err)
		pin, err := ParsePin(s)
		one(pin.String(), err)
		digest, err := ParseDigest(s)
		one(digest.String(), err)
		replica, err := ParseReplica(s)
		one(replica.String(), err)
		kind, err := ParseKind(s)
		one(kind.String(), err)
	})
}
