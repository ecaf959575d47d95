package transfer

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// seedFiles adds the files of testdata that match, and fails where there are none.
func seedFiles(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds match %s: %v", pattern, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// seed adds the files that match, and what the readers refuse.
func seed(f *testing.F, pattern string) {
	f.Helper()
	seedFiles(f, pattern)
	for _, c := range bad {
		if len(c.in) < 1<<10 {
			f.Add([]byte(c.in))
		}
	}
}

// isOurs fails on an error about content that is not an Error.
func isOurs(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Err == nil || len(e.Error()) > 1000 {
		t.Fatalf("%T %v", err, err)
	}
}

func FuzzReadJSON(f *testing.F) {
	seed(f, "*.json")
	f.Fuzz(func(t *testing.T, in []byte) {
		if flat, err := ReadJSON(bytes.NewReader(in), true); err != nil {
			isOurs(t, err)
		} else {
			comesBack(t, flat)
		}
		whole, err := ReadJSON(bytes.NewReader(in), false)
		if err != nil {
			isOurs(t, err)
			return
		}
		comesBack(t, whole)
	})
}

func comesBack(t *testing.T, r Result) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteJSON(&out, r.Items); err != nil {
		t.Fatal(err)
	}
	again, err := ReadJSON(&out, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := same(r.Items, again.Items); err != nil {
		t.Fatal(err)
	}
}

func FuzzReadDotenv(f *testing.F) {
	seed(f, "*.env")
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ReadDotenv(bytes.NewReader(in))
		if err != nil {
			isOurs(t, err)
			return
		}
		var out bytes.Buffer
		err = WriteDotenv(&out, r.Items)
		if !representable(r.Items) {
			if !errors.Is(err, ErrUnwritable) {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadDotenv(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := same(asText(r.Items), again.Items); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadLivePerson(f *testing.F) {
	seed(f, "*.settings.json")
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ReadLivePerson(bytes.NewReader(in))
		if err != nil {
			isOurs(t, err)
			return
		}
		var out bytes.Buffer
		if err := WriteLivePerson(&out, r.Items, in); err != nil {
			t.Fatal(err)
		}
		again, err := ReadLivePerson(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := same(r.Items, again.Items); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadYAML(f *testing.F) {
	seed(f, "*.yaml")
	f.Fuzz(func(t *testing.T, in []byte) {
		fuzzTree(t, in, ReadYAML, WriteYAML)
	})
}

func FuzzReadTOML(f *testing.F) {
	seed(f, "*.toml")
	f.Fuzz(func(t *testing.T, in []byte) {
		fuzzTree(t, in, ReadTOML, WriteTOML)
	})
}

// fuzzTree: what is read is written and read again as the same, or cannot be
// written, which is told.
func fuzzTree(t *testing.T, in []byte, read func(io.Reader, bool) (Result, error), write func(io.Writer, []Item) error) {
	if _, err := read(bytes.NewReader(in), true); err != nil {
		isOurs(t, err)
	}
	r, err := read(bytes.NewReader(in), false)
	if err != nil {
		isOurs(t, err)
		return
	}
	r, _, err = Naming{}.Apply(r)
	if err != nil {
		isOurs(t, err)
		return
	}
	var out bytes.Buffer
	if err := write(&out, r.Items); err != nil {
		if !errors.Is(err, ErrUnwritable) {
			t.Fatal(err)
		}
		return
	}
	again, err := read(&out, false)
	if err != nil && len(r.Items) > 0 {
		t.Fatal(err)
	}
	if err := same(r.Items, again.Items); err != nil {
		t.Fatal(err)
	}
}
