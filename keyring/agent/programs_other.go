//go:build !linux

package agent

import (
	"errors"
	"os"
)

const (
	canTellPrograms = false
	selfProgram     = ""
)

func (ps *programs) of(peer) string { return "" }

func statProgram(peer) (os.FileInfo, error) { return nil, errors.ErrUnsupported }

func hides(error) bool { return false }

func beganAt(int) uint64 { return 0 }

func dead(int) bool { return false }
