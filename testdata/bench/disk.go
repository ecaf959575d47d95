package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readAhead is how much the kernel reads ahead on the disk of a folder, in KiB, and ""
// where it does not say. Where it is much more than the usual 128, a set takes longer: at
// the first byte of its empty logs the kernel fills in all of that with zeros.
func readAhead(dir string) string {
	var st unix.Stat_t
	if unix.Stat(dir, &st) != nil {
		return ""
	}
	for _, queue := range []string{"queue", "../queue"} { // of a disk, and of a part of one
		text, err := os.ReadFile(fmt.Sprintf("/sys/dev/block/%d:%d/%s/read_ahead_kb", unix.Major(st.Dev), unix.Minor(st.Dev), queue))
		if err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	return ""
}
