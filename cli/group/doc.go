// Package group has the commands about groups: vaults of a team or a fleet that keep
// secrets in step through folders and servers that nobody has to trust.
package group
