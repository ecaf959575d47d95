//go:build !linux

package attack

// special is tried on Linux.
var special = attack{"A15", "links, modes, pipes, sockets, races", []kind{{name: "nothing", do: func(*victim) want { return want{} }}}}
