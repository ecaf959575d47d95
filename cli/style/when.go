package style

// The values of --color.
const (
	Auto   = "auto"
	Always = "always"
	Never  = "never"
)

// For is what a stream is shown, by what --color says, by the environment, and by whether
// the stream is a terminal. What comes first decides:
//
//   - --color always or never;
//   - NO_COLOR, unless it is empty: no colours, though bold on a terminal;
//   - CLICOLOR_FORCE, unless it is empty or 0: colours in a pipe as well;
//   - TERM: nothing where it is dumb, or not set;
//   - CLICOLOR=0, as NO_COLOR;
//   - a terminal has colours, anything else has not.
func For(flag string, env func(string) string, terminal bool) Style {
	shows := terminal && env("TERM") != "dumb" && env("TERM") != ""
	forced := env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0"
	switch {
	case flag == Always:
		return Colour
	case flag == Never:
		return None
	case env("NO_COLOR") != "":
		return monoIf(shows)
	case forced:
		return Colour
	case !shows:
		return None
	case env("CLICOLOR") == "0":
		return Mono
	}
	return Colour
}

func monoIf(shows bool) Style {
	if shows {
		return Mono
	}
	return None
}
