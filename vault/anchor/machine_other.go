//go:build !freebsd

package anchor

// hostUUID is "": the system's id is in a file, or cannot be asked for without
// another program.
func hostUUID() string { return "" }
