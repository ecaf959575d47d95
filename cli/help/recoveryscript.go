package help

import (
	_ "embed"
)

// recoveryScript is what gets the values out of a vault without tacit. The program
// holds it, so that whoever has no checkout can keep it beside a backup.
//
//go:embed recovery/carve.py
var recoveryScript string

// groupScript is what gets a group's values out of its bundles without tacit.
//
//go:embed recovery/group.py
var groupScript string
