package wire

import (
	"fmt"
	"runtime/debug"
)

// Build says which build a program is: its version and commit, as far as these are known.
func Build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) string {
	commit, modified := "", ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			commit = setting.Value
		case "vcs.modified":
			if setting.Value == "true" {
				modified = " with changes"
			}
		}
	}
	if commit == "" {
		return ""
	}
	return info.Main.Version + " " + commit + modified
}

// CheckHello refuses a screen that is not of this program's build. A program that was not
// built in a checkout knows no commit; then the protocol alone decides.
func CheckHello(q Request, build string) error {
	switch {
	case q.Verb != Hello:
		return fmt.Errorf("%w: it does not say hello", ErrProtocol)
	case q.Protocol != Protocol, q.Build != build && q.Build != "" && build != "":
		return fmt.Errorf("%w: it is of another build", ErrProtocol)
	}
	return nil
}
