// Package upkeep makes a vault, looks after it and ends it: status, verification,
// backup, restoring, rescue, trust and policy.
package upkeep
