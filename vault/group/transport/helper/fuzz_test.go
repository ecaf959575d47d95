package helper

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// FuzzRequest: what is read as a request is written as the same one, and a helper that
// is given anything answers in lines that tacit understands.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		"put 2 " + beat + " 3 2\nabcde", "put 2 " + beat + " 1 0\nx", "get 3 " + beat + "\n", "list 4 - -\n", "list 5 b/ " + beat + "\n", "del 6 " + beat + "\n",
		"wait 7 b/ -\n", "wait 8\n", "stop 7\n", "open 9 nats://localhost\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := readRequest(bufio.NewReaderSize(bytes.NewReader(b), maxLine)); err == nil {
			var again bytes.Buffer
			if err := q.write(bufio.NewWriter(&again)); err != nil {
				t.Fatal(err)
			}
			if q2, err := readRequest(bufio.NewReaderSize(&again, maxLine)); err != nil || !reflect.DeepEqual(q, q2) {
				t.Errorf("%+v is written as %+v, %v", q, q2, err)
			}
		}
		in := io.MultiReader(strings.NewReader("open 1 x\n"), bytes.NewReader(b))
		var out bytes.Buffer
		_ = Serve(context.Background(), in, &out, func(context.Context, string) (transport.Transport, error) {
			return transport.NewMemory().Open(), nil
		})
		r := bufio.NewReaderSize(&out, maxLine)
		if words, err := readLine(r); err != nil || strings.Join(words, " ") != greeting {
			t.Fatalf("%q, %v", words, err)
		}
		for {
			_, err := readAnswer(r, func(uint64) (int, bool) { return transport.MaxData, true })
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzAnswer is a helper that says anything.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		"ok 2 1\nx", "none 2\n", "error 2 denied you may not\n", "taken 3\n", "ok 2 3\nabcok 3 0\nok 4 " + itoa(len(beat)+1) + "\n" + beat + "\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := script(hello, string(b))
		c, err := connect(context.Background(), p, "x")
		if err != nil {
			return
		}
		defer c.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if data, err := c.Get(context.Background(), beat); err == nil && (len(data) == 0 || len(data) > transport.MaxData) {
				t.Errorf("%d bytes", len(data))
			}
			_ = c.Put(context.Background(), beat, []byte("x"), nil)
			if keys, err := c.List(context.Background(), "b/", ""); err == nil {
				for _, key := range keys {
					if transport.CheckKey(key) != nil || !strings.HasPrefix(key, "b/") {
						t.Errorf("%q", key)
					}
				}
			}
		}()
		p.end() // it says no more
		<-done
	})
}
