package help

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
)

func VersionCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "version", Group: cmdline.GroupShell,
		Short: "print the version",
		Long: `Prints the version, the commit it was built from, the format of the vaults it
writes, and the Go and platform it was built with and for.`,
		Example: `tacit version --json`,
		Run: func(_ context.Context, _ []string) error {
			return runVersion(s)
		},
	}
}

func runVersion(s *frame.Session) error {
	j := frame.ThisBuild()
	if s.JSON {
		return s.WriteJSON(j)
	}
	of := ""
	if source := j.Source(); source != "" {
		of = ", " + source
	}
	fmt.Fprintf(s.Results, "tacit %s%s, vault format %d, %s, %s\n", j.Version, of, j.Format, j.Go, j.Platform)
	return nil
}
