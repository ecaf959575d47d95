// Package cli is the command line of tacit: commands, terminal and output.
//
// A command is an options struct and a run function that takes a session: the
// streams, the clock, the environment and the global flags. Nothing here knows
// how secrets are sealed or stored; nothing here exits. [App.Run] returns the
// exit code and main leaves with it.
package cli
