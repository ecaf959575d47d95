// Package system asks the operating system for what Go does not give: descriptors,
// folders in memory, a process that nobody else can read, and one that is detached.
package system
