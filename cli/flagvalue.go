package cli

import (
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"
)

// checkValues refuses a flag's value that is of another kind than the flag takes,
// and says which that is: urfave/cli would say "parse error".
func (l line) checkValues(flags []urfave.Flag) error {
	kinds := map[string]urfave.Flag{}
	for _, f := range flags {
		kinds[f.Names()[0]] = f
	}
	for _, given := range l.flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(given, "--"), "=")
		var err *failure
		switch kinds[name].(type) {
		case *urfave.DurationFlag:
			err = checkDuration(dashes(name), value)
		case *urfave.IntFlag:
			err = checkNumber(name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkDuration refuses what is no length of time, or a negative one.
func checkDuration(flag, value string) *failure {
	d, err := time.ParseDuration(value)
	switch {
	case err == nil && d >= 0:
		return nil
	case err == nil:
		return usage("%s takes no negative duration: %s", flag, printable(value)).hinted("%s 30s, 5m or 8h", flag)
	}
	// A number alone lacks its unit; days and weeks are no units here.
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return usage("%s takes a duration, and %s has no unit", flag, value).hinted("%s %ds, for seconds; %dm for minutes, %dh for hours", flag, n, n, n)
	}
	return usage("%s takes a duration, not %s", flag, printable(value)).hinted("%s 30s, 5m or 8h", flag)
}

// exampleNumbers are what flags that take a number are shown with.
var exampleNumbers = map[string]string{
	"passphrase-fd": "3", "current-passphrase-fd": "3", "ready-fd": "3",
	"length": "32", "words": "6", "hex": "32", "base64": "32",
	"max-value": "65536", "history": "30", "allow-owner": "1000",
}

// checkNumber refuses what is no whole number.
func checkNumber(name, value string) *failure {
	_, err := strconv.ParseInt(value, 0, strconv.IntSize)
	if err == nil {
		return nil
	}
	return usage("%s takes a number, not %s", dashes(name), printable(value)).hinted("%s %s", dashes(name), exampleNumbers[name])
}

// given refuses an option that was given and is empty, as an unset variable of a
// shell is: it would be as good as not there.
func given(option string) func(*urfave.Context, string) error {
	return func(_ *urfave.Context, text string) error {
		if text == "" {
			return usage("%s is empty", option)
		}
		return nil
	}
}

// notGiven is what a number has that was not on the line. The vault refuses it,
// and every other number below 1.
const notGiven = -1 << 31
