package sockets

const solLocal = 0 // SOL_LOCAL: the level of options of Unix sockets

func peerPID(int) int { return 0 }
