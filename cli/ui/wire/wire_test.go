package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func seeds() (messages []Message, requests []Request) {
	messages = []Message{
		{Setup: &Setup{Style: 2, IdleFor: 300}, Place: &Place{Where: "~/billing", Lock: "locked", State: Listed}},
		{Rows: &Rows{First: true, Last: true, Rows: []Row{{Name: "A", Version: 3, Changed: 1, Expires: 2, Labels: "env=\u202eprod", Size: 5, Kind: "text"}}}},
		{Secret: &OneSecret{Name: "A", Kept: 10, Versions: []Row{{Version: 1, Kind: "gone"}}, Envs: []string{"@dev"}, Groups: []string{"web"}}},
		{Table: &Table{View: Health, Titles: []string{"A"}, Rows: []TableRow{{Cells: []string{"b"}, Look: true, Nth: 2}}, Base: "@dev", Of: "web", Side: "as of 1m ago", None: []string{"c"}, Locked: true, First: true, Last: true}},
		{Done: &Done{Note: "copied; cleared in %d s", Seconds: 45}},
		{Bye: true},
	}
	requests = []Request{
		{Verb: Hello, Protocol: 1, Build: "v1 abc"}, {Verb: Show, Name: "A", Version: 7}, {Verb: View, Name: Health}, {Verb: Compare, Name: "A", Base: "@dev"}, {Verb: Choose, Name: "A", Version: 2, View: Conflicts}, {Verb: Suspend},
	}
	return messages, requests
}

// What is written is read as the same.
func TestSame(t *testing.T) {
	messages, requests := seeds()
	var b bytes.Buffer
	for _, m := range messages {
		if err := WriteMessage(&b, m); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&b, MaxMessage)
	for _, want := range messages {
		if got, err := r.ReadMessage(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := r.ReadMessage(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	for _, q := range requests {
		if err := WriteRequest(&b, q); err != nil {
			t.Fatal(err)
		}
	}
	r = NewReader(&b, MaxRequest)
	for _, want := range requests {
		if got, err := r.ReadRequest(); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// A line that is none is refused, whatever is wrong with it.
func TestRefused(t *testing.T) {
	for name, line := range map[string]string{
		"no object": "hello\n", "a list": "[]\n", "nothing": "\n", "unknown member": `{"verb":"show","value":"x"}` + "\n",
		"unknown verb": `{"verb":"reveal"}` + "\n", "two": `{"verb":"show"}{"verb":"show"}` + "\n", "no end": `{"verb":"show"}`,
		"long": `{"verb":"show","name":"` + strings.Repeat("A", MaxRequest) + `"}` + "\n",
		"name": `{"verb":"show","name":"` + strings.Repeat("A", maxName+1) + `"}` + "\n",
	} {
		if _, err := NewReader(strings.NewReader(line), MaxRequest).ReadRequest(); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := WriteRequest(io.Discard, Request{Name: strings.Repeat("A", MaxRequest)}); !errors.Is(err, ErrProtocol) {
		t.Errorf("a long request is written: %v", err)
	}
}

// A message of rows fits into a line, whatever is in them.
func TestRowsFit(t *testing.T) {
	rows := make([]Row, PerMessage)
	for i := range rows {
		rows[i] = Row{Name: strings.Repeat("N", 255), Version: 1 << 60, Changed: 1 << 40, Expires: 1 << 40, Labels: strings.Repeat("<", MaxLabels), Size: 1 << 30, Kind: "bytes"}
	}
	if err := WriteMessage(io.Discard, Message{Rows: &Rows{Rows: rows}}); err != nil {
		t.Error(err)
	}
}

// A table fits into its parts, whatever is in it, and is whole in them.
func TestPartsFit(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5_000} {
		table := Table{View: Environments, Titles: []string{"NAME"}, Rows: make([]TableRow, n)}
		for i := range table.Rows {
			table.Rows[i] = TableRow{Cells: slices.Repeat([]string{strings.Repeat("<", 40)}, 1+i%60), Look: true}
		}
		rows, parts := 0, table.Parts()
		for i, part := range parts {
			if err := WriteMessage(io.Discard, Message{Table: &part}); err != nil {
				t.Error(err)
			}
			if part.First != (i == 0) || part.Last != (i == len(parts)-1) || part.View != table.View {
				t.Errorf("%d: part %d is the first %v, the last %v", n, i, part.First, part.Last)
			}
			rows += len(part.Rows)
		}
		if rows != n {
			t.Errorf("%d rows of %d", rows, n)
		}
	}
}

// Programs of two builds do not talk.
func TestBuilds(t *testing.T) {
	of := func(commit string, modified string) string {
		info := &debug.BuildInfo{Main: debug.Module{Version: "v1"}, Settings: []debug.BuildSetting{{Key: "vcs.modified", Value: modified}}}
		if commit != "" {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.revision", Value: commit})
		}
		return buildOf(info)
	}
	for _, c := range []struct {
		ours, theirs string
		protocol     int
		ok           bool
	}{
		{of("a", ""), of("a", ""), Protocol, true},
		{of("a", ""), of("b", ""), Protocol, false},
		{of("a", ""), of("a", "true"), Protocol, false},
		{"", of("b", ""), Protocol, true},
		{of("a", ""), "", Protocol, true},
		{"", "", Protocol, true},
		{"", "", Protocol + 1, false},
	} {
		err := CheckHello(Request{Verb: Hello, Protocol: c.protocol, Build: c.theirs}, c.ours)
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if CheckHello(Request{Verb: Show, Protocol: Protocol}, "") == nil {
		t.Error("it did not say hello")
	}
}

// Of what takes the terminal, and what does not, each verb is one.
func TestVerbs(t *testing.T) {
	for _, v := range []Verb{Hello, Again, Secret, Idle, Lock, View, Go} {
		if v.TakesTerminal() {
			t.Errorf("%s takes the terminal", v)
		}
	}
	for _, v := range []Verb{Show, Copy, QR, Code, Diff, Set, Edit, Rollback, Remove, Init, Trust, Verify, Compare, Unlock, Suspend, Sync, Invite, Expel, Lost, Beside, Choose, Third} {
		if !v.TakesTerminal() {
			t.Errorf("%s does not take the terminal", v)
		}
		if v.Looks() && v.Writes() {
			t.Errorf("%s looks and writes", v)
		}
	}
}

// FuzzRequest: what is read as a request is written as the same one.
func FuzzRequest(f *testing.F) {
	_, requests := seeds()
	for _, q := range requests {
		var b bytes.Buffer
		_ = WriteRequest(&b, q)
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := NewReader(bytes.NewReader(b), MaxRequest).ReadRequest()
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteRequest(&again, q); err != nil {
			t.Skip() // escapes made it longer
		}
		if q2, err := NewReader(&again, MaxRequest).ReadRequest(); err != nil || q2.Verb != q.Verb || q2.Version != q.Version {
			t.Errorf("%+v is written as %+v, %v", q, q2, err)
		}
	})
}

// FuzzMessage: what is read as a message is written as the same one.
func FuzzMessage(f *testing.F) {
	messages, _ := seeds()
	for _, m := range messages {
		var b bytes.Buffer
		_ = WriteMessage(&b, m)
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := NewReader(bytes.NewReader(b), MaxMessage).ReadMessage()
		if err != nil {
			return
		}
		var one, two bytes.Buffer
		if WriteMessage(&one, m) != nil {
			t.Skip()
		}
		text := one.String()
		m2, err := NewReader(&one, MaxMessage).ReadMessage()
		if err != nil || WriteMessage(&two, m2) != nil || two.String() != text {
			t.Errorf("%q is written as %q, %v", text, two.String(), err)
		}
	})
}
