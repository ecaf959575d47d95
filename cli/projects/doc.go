// Package projects has the commands about which vaults there are: what is attached to
// a folder, a project's environments, what differs between two of them, and all vaults
// that this machine knows.
package projects
