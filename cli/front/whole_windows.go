package front

import (
	"errors"
	"os"
	"os/exec"
)

// execute runs the program and leaves as it does: Windows puts none in place of another.
func execute(path string) error {
	c := &exec.Cmd{Path: path, Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := c.Run()
	var ended *exec.ExitError
	if err == nil || errors.As(err, &ended) {
		os.Exit(c.ProcessState.ExitCode())
	}
	return err
}
