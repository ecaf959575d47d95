//go:build !linux

package main

import "os/exec"

func startTied(cmd *exec.Cmd) error { return cmd.Start() }

func endTied(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
