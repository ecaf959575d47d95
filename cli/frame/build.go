package frame

import (
	"runtime"
	"runtime/debug"
)

type versionJSON struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Format   int    `json:"format"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Modified bool   `json:"modified,omitempty"` // the source had changes that no commit has
}

// ThisBuild says which program this is. A program that was not built in a checkout
// knows no commit.
func ThisBuild() versionJSON {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) versionJSON {
	j := versionJSON{
		Version: "(devel)", Format: formatVersion,
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info.Main.Version != "" {
		j.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			j.Commit = setting.Value
		case "vcs.modified":
			j.Modified = setting.Value == "true"
		}
	}
	return j
}

// Source is the commit as people write it, "" where none is known.
func (j versionJSON) Source() string {
	const enough = 12 // digits, as Go's own versions have
	commit := j.Commit[:min(enough, len(j.Commit))]
	switch {
	case commit == "":
		return ""
	case j.Modified:
		return "commit " + commit + " with changes"
	}
	return "commit " + commit
}

// formatVersion is the format of the vaults that this version writes.
const formatVersion = 1
