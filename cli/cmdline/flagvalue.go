package cmdline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
)

// CheckValues refuses a flag's value that is of another kind than the flag takes,
// and says which that is: urfave/cli would say "parse error".
func (l Line) CheckValues(flags []urfave.Flag) error {
	kinds := map[string]urfave.Flag{}
	for _, f := range flags {
		kinds[Name(f)] = f
	}
	for _, given := range l.Flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(given, "--"), "=")
		var err *failure.Failure
		switch kinds[name].(type) {
		case *urfave.DurationFlag:
			err = checkDuration(Dashes(name), value)
		case *urfave.IntFlag:
			err = checkNumber(name, value)
		case *urfave.StringFlag, *urfave.StringSliceFlag:
			if value == "" && neverEmpty(kinds[name]) {
				err = failure.Usage("%s is empty", Dashes(name))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkDuration refuses what is no length of time, or a negative one.
func checkDuration(flag, value string) *failure.Failure {
	d, err := time.ParseDuration(value)
	switch {
	case err == nil && d >= 0:
		return nil
	case err == nil:
		return failure.Usage("%s takes no negative duration: %s", flag, failure.Printable(value)).Hinted("%s 30s, 5m or 8h", flag)
	}
	// A number alone lacks its unit; days and weeks are no units here.
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return failure.Usage("%s takes a duration, and %s has no unit", flag, value).Hinted("%s %ds, for seconds; %dm for minutes, %dh for hours", flag, n, n, n)
	}
	return failure.Usage("%s takes a duration, not %s", flag, failure.Printable(value)).Hinted("%s 30s, 5m or 8h", flag)
}

// exampleNumbers are what flags that take a number are shown with.
func exampleNumbers() map[string]string {
	return map[string]string{
		"passphrase-fd": "3", "current-passphrase-fd": "3", "ready-fd": "3",
		"length": "32", "words": "6", "hex": "32", "base64": "32",
		"max-value": "65536", "history": "30", "allow-owner": "1000",
		"uses": "200", "value": "1", "take": "2",
	}
}

// neverEmpty tells whether a flag names a file, a folder or a command. Empty, as an unset
// variable of a shell is, it would mean another one than was meant, or standard input.
func neverEmpty(f urfave.Flag) bool {
	_, usage, _ := strings.Cut(f.(urfave.DocGenerationFlag).GetUsage(), "`")
	what, _, _ := strings.Cut(usage, "`")
	return slices.Contains([]string{"FILE", "DIR", "PATH", "OLD", "NEW", "CMD", "NAME|FILE"}, what)
}

// checkNumber refuses what is no whole number, and no file descriptor.
func checkNumber(name, value string) *failure.Failure {
	n, err := strconv.ParseInt(value, 0, strconv.IntSize)
	if err == nil && (n >= 0 || !strings.HasSuffix(name, "passphrase-fd")) {
		return nil
	}
	return failure.Usage("%s takes a number, not %s", Dashes(name), failure.Printable(value)).Hinted("%s %s", Dashes(name), exampleNumbers()[name])
}

// Given refuses an option that was given and is empty, as an unset variable of a
// shell is: it would be as good as not there.
func Given(option string) func(*urfave.Context, string) error {
	return func(_ *urfave.Context, text string) error {
		if text == "" {
			return failure.Usage("%s is empty", option)
		}
		return nil
	}
}

// NotGiven is what a number has that was not on the line. The vault refuses it,
// and every other number below 1.
const NotGiven = -1 << 31
