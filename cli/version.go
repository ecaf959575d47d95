package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// formatVersion is the format of the vaults that this version writes.
const formatVersion = 1

func versionCommand() *command {
	return &command{
		name: "version", group: groupShell,
		short:   "print the version",
		long:    `Prints the version, the commit it was built from, and the format of the vaults it writes.`,
		example: `tacit version --json`,
		run: func(_ context.Context, s *session, _ []string) error {
			return runVersion(s)
		},
	}
}

type versionJSON struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Format   int    `json:"format"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// thisBuild says which program this is.
func thisBuild() versionJSON {
	j := versionJSON{
		Version: "(devel)", Format: formatVersion,
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			j.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				j.Commit = setting.Value
			}
		}
	}
	return j
}

func runVersion(s *session) error {
	j := thisBuild()
	if s.json {
		return s.writeJSON(j)
	}
	fmt.Fprintf(s.out, "tacit %s, vault format %d, %s, %s\n", j.Version, j.Format, j.Go, j.Platform)
	return nil
}
