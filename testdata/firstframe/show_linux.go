package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A moment is what one start took: until something was drawn, until the list was there,
// and the peaks of both processes in KiB.
type moment struct {
	frame, list  time.Duration
	ours, theirs int
}

// patience is how long a start may take.
const patience = 2 * time.Minute

// show starts tacit ui on a terminal, waits for a text, and ends it.
func (s *site) show(vault, text string) (m moment, err error) {
	master, slave, err := openTerminal()
	if err != nil {
		return m, err
	}
	defer master.Close()
	cmd := exec.Command(filepath.Join(s.work, "tacit"), "ui", "--vault", vault)
	cmd.Env, cmd.Dir = s.env, s.work
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begun := time.Now()
	err = cmd.Start()
	slave.Close()
	if err != nil {
		return m, err
	}
	giveUp := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer giveUp.Stop()
	var seen bytes.Buffer
	for buf := make([]byte, 1<<16); m.list == 0; {
		n, err := master.Read(buf)
		if err != nil {
			return m, errors.Join(fmt.Errorf("%q was not drawn: %w: %q", text, err, seen.String()), cmd.Wait())
		}
		seen.Write(buf[:n])
		if m.frame == 0 && bytes.Contains(seen.Bytes(), []byte(" tacit  ")) {
			m.frame = time.Since(begun)
		}
		if bytes.Contains(seen.Bytes(), []byte(text)) {
			m.list = time.Since(begun)
		}
	}
	m.ours, m.theirs = peak(cmd.Process.Pid), peak(child(cmd.Process.Pid))
	if _, err := master.WriteString("\x03"); err != nil {
		return m, err
	}
	go func() {
		for buf := make([]byte, 1<<16); ; {
			if _, err := master.Read(buf); err != nil {
				return // nobody has the terminal open any more
			}
		}
	}()
	return m, cmd.Wait()
}

// peak is how much memory a process has had at most, in KiB; 0 where that is not known.
func peak(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			n, _ := strconv.Atoi(fields[1])
			return n
		}
	}
	return 0
}

// child is the process that another one has started.
func child(pid int) int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range tasks {
		if b, _ := os.ReadFile(path); len(b) > 0 {
			n, _ := strconv.Atoi(strings.Fields(string(b))[0])
			return n
		}
	}
	return 0
}

// openTerminal opens both sides of a new terminal of 80 by 24.
func openTerminal() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80})
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
	}
	return master, slave, err
}
