package shell

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostile are what folders that somebody else has named may be called. Each that is
// taken for more than a word makes a file canary.
var hostile = []string{
	"plain", "a/b.c_d-e+f@g:h,i", "", " ", "repo; touch canary #", "$(touch canary)", "`touch canary`", "a'; touch canary; '",
	`a"; touch canary; "`, `a\'; touch canary #`, "a\n touch canary\n", "a\r\ntouch canary", "it's\ntouch canary #", "'\n'; touch canary #\n",
	"\\\n'; touch canary #", "-rf", "--force", "~", "~root", "*", "?", "[a]", "{a,b}", "!!", "=ls", "a=b", "#x", "a&touch canary", "a|touch canary", ">canary", "<x",
	"\x1b[2J; touch canary", "\u202etouch canary\u2066", "\xff\xfe; touch canary #", "\xff'; touch canary #", "\ufffd", "\u200b", "ünï; touch canary", "a\tb", "\x07", "$'x'; touch canary",
	`a\'; touch canary; #`, `a\`, `\'; touch canary #`, `a\\'; touch canary #`, `a\"; touch canary #`, `\x27; touch canary #`,
	"%PATH%", "a^b", "“touch canary”", "‘x’; touch canary", strings.Repeat("a;", 300) + "touch canary", "x$IFS", "${x:=touch canary}", "((touch canary))", "a\x00b",
}

// What is quoted is, to every shell that is here, the one word that it was, and
// nothing that stands in it is run.
func TestShellsReadQuoted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no Unix shell here")
	}
	tried := 0
	for _, line := range []string{"sh", "dash", "bash", "bash --posix", "zsh", "ksh", "mksh", "yash", "busybox sh"} {
		args := strings.Fields(line)
		path, err := exec.LookPath(args[0])
		if err != nil {
			continue
		}
		tried++
		// Whether it knows $'…', which is POSIX's since 2024.
		out, _ := exec.Command(path, append(args[1:], "-c", `printf %s $'\101'`)...).Output()
		knows := string(out) == "A"
		for _, word := range hostile {
			if strings.ContainsRune(word, 0) {
				continue // there is no such argument
			}
			dir, quoted := t.TempDir(), unix(word)
			c := exec.Command(path, append(args[1:], "-c", "printf '%s\\0' one "+quoted+" x"+quoted+" two")...)
			c.Dir, c.Env = dir, append(os.Environ(), "HOME=/home/of")
			got, err := c.Output()
			if err != nil {
				t.Errorf("%s: %s: %v", line, quoted, err)
			}
			parts := strings.Split(string(got), "\x00")
			if len(parts) != 5 || (knows || !strings.HasPrefix(quoted, "$")) && (parts[1] != word || parts[2] != "x"+word) {
				t.Errorf("%s: %q as %s is %q", line, word, quoted, parts)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
				t.Errorf("%s: %q: it was run: %v, %v", line, word, left, err)
			}
		}
	}
	if tried == 0 {
		t.Fatal("no shell was tried")
	}
}

// In fish a backslash escapes in single quotes as well. What is not spelled for it
// is refused, the line whole: nothing that stands in a word is run.
func TestFishReadsQuoted(t *testing.T) {
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Skip("fish is not here")
	}
	home := t.TempDir()
	for _, word := range hostile {
		if strings.ContainsRune(word, 0) {
			continue // there is no such argument
		}
		dir, quoted := t.TempDir(), unix(word)
		c := exec.Command(fish, "--no-config", "-c", "printf '%s\\0' one "+quoted+" two "+quoted)
		c.Dir, c.Env = dir, append(os.Environ(), "HOME="+home)
		got, err := c.Output()
		if spelled := !strings.HasPrefix(quoted, "$"); spelled && (err != nil || string(got) != "one\x00"+word+"\x00two\x00"+word+"\x00") {
			t.Errorf("%q as %s is %q: %v", word, quoted, got, err)
		} else if !spelled && len(got) != 0 {
			t.Errorf("%q as %s is read: %q", word, quoted, got)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%q: it was run: %v, %v", word, left, err)
		}
	}
}

// A file whose name begins with a dash is named as one.
func TestQuotePath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("quoted for other shells")
	}
	for path, want := range map[string]string{"-rf": "./-rf", "--x y": "'./--x y'", "/a": "/a", "a-b": "a-b"} {
		if got := QuotePath(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	if got := QuotePaths([]string{"a b", "-c"}); got != "'a b' ./-c" {
		t.Error(got)
	}
}

// What cmd and PowerShell do not both read as a word is not spelled.
func TestWindows(t *testing.T) {
	for text, want := range map[string]string{
		`C:\Users\kim\.tacit`: `C:\Users\kim\.tacit`, `C:\a & calc`: `"C:\a & calc"`, `C:\it's; calc`: `"C:\it's; calc"`, `a(b) #c`: `"a(b) #c"`,
		`C:\$(calc)`: Unspelled, "a`calc`": Unspelled, `%PATH%`: Unspelled, `a!b!`: Unspelled, `a"b`: Unspelled, "a\nb": Unspelled, `a b\`: Unspelled,
		"a”; calc; “": Unspelled, "": `""`, `\\host\share`: `\\host\share`, "a,b": `"a,b"`, "@x": `"@x"`,
	} {
		if got := windows(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzQuote reads back what Quote wrote, as a shell does, with nothing left over.
func FuzzQuote(f *testing.F) {
	for _, word := range hostile {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if len(word) > 1<<16 {
			return
		}
		if got, ok := read(unix(word)); !ok || got != word {
			t.Errorf("%q: %s is %q, %t", word, unix(word), got, ok)
		}
		if got := windows(word); got != Unspelled && strings.Trim(got, `"`) != word && !strings.ContainsRune(word, '"') {
			t.Errorf("%q: %s", word, got)
		}
		if quoted := unix(word); !utf8.ValidString(quoted) || !shows(quoted) {
			t.Errorf("%q does not show: %q", word, quoted)
		}
	})
}

// read is what a shell makes of one quoted word.
func read(quoted string) (word string, ok bool) {
	if body, special := strings.CutPrefix(quoted, "$'"); special {
		body, ok = strings.CutSuffix(body, "'")
		var b bytes.Buffer
		for ok && body != "" {
			switch {
			case body[0] == '\'':
				return "", false
			case body[0] != '\\':
				b.WriteByte(body[0])
				body = body[1:]
			case len(body) < 4:
				return "", false
			default:
				c, err := strconv.ParseUint(body[1:4], 8, 8)
				if err != nil {
					return "", false
				}
				b.WriteByte(byte(c))
				body = body[4:]
			}
		}
		return b.String(), ok
	}
	if !strings.HasPrefix(quoted, "'") {
		return quoted, quoted != "" && strings.Trim(quoted, letters+"._/+-@:,") == ""
	}
	inside := false
	var b strings.Builder
	for i := 0; i < len(quoted); i++ {
		switch c := quoted[i]; {
		case c == '\'':
			inside = !inside
		case inside:
			b.WriteByte(c)
		case c == '\\' && i+1 < len(quoted) && quoted[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return "", false
		}
	}
	return b.String(), !inside
}
