//go:build !linux

package server

import (
	"errors"
	"os"

	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

const selfProgram = ""

func (ps *programs) of(sockets.Peer) string { return "" }

func statProgram(int) (os.FileInfo, error) { return nil, errors.ErrUnsupported }

func hides(error) bool { return false }

func processName(int) string { return "" }
