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
}

// ThisBuild says which program this is.
func ThisBuild() versionJSON {
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

// formatVersion is the format of the vaults that this version writes.
const formatVersion = 1
