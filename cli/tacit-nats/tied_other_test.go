//go:build !linux

package main

import (
	"net"
	"os/exec"
	"testing"
)

func startTied(cmd *exec.Cmd) error { return cmd.Start() }

func endTied(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
