// Package keys is about who opens a vault: key slots, rotation, exposure, and the agent
// that keeps a vault open.
package keys
