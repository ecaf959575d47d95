// Package help tells what the commands do: on the terminal, as a manual, and to the
// shell that completes a line. It knows the commands by their table alone.
package help
