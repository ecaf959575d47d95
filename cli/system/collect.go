package system

import "runtime/debug"

// largeVault is from how many secrets on a list of them is large, too.
const largeVault = 20_000

// CollectIfLarge has garbage collected while much of a vault with so many names is read,
// if that is large. A short command lets it lie.
func CollectIfLarge(names int) {
	if names >= largeVault {
		debug.SetGCPercent(100)
	}
}
