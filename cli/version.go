package cli

import (
	"context"
	"fmt"
)

func versionCommand(s *session) *command {
	return &command{
		name: "version", group: groupShell,
		short: "print the version",
		long: `Prints the version, the commit it was built from, and the format of the vaults it
writes.`,
		example: `tacit version --json`,
		run: func(_ context.Context, _ []string) error {
			return runVersion(s)
		},
	}
}

func runVersion(s *session) error {
	j := thisBuild()
	if s.json {
		return s.writeJSON(j)
	}
	fmt.Fprintf(s.out, "tacit %s, vault format %d, %s, %s\n", j.Version, j.Format, j.Go, j.Platform)
	return nil
}
