//go:build !linux

package agent

import (
	"errors"
	"os"
)

const selfProgram = ""

func (ps *programs) of(peer) string { return "" }

func statProgram(int) (os.FileInfo, error) { return nil, errors.ErrUnsupported }

func hides(error) bool { return false }

func processName(int) string { return "" }
