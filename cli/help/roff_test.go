package help

import (
	"strings"
	"testing"
	"time"
)

// What is in help is on the page as it is: no line becomes a request, and no
// character another.
func TestRoff(t *testing.T) {
	r := newPage("x", "y", "v\"1", time.Unix(0, 0))
	r.section("S")
	r.prose("one \\ two\n.so /etc/passwd\n\n  'literal' -- \"…\"\n    deeper\nback")
	r.literal(".TH evil")
	got := r.String()
	want := `.SH S
one \e two
\&.so /etc/passwd
.PP
.RS 4
.nf
\(aqliteral\(aq \-\- \(dq\[u2026]\(dq
  deeper
.fi
.RE
.PP
back
.PP
.RS 4
.nf
\&.TH evil
.fi
.RE
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(got, `"tacit v\(dq1"`) {
		t.Errorf("the title: %s", got)
	}
}
