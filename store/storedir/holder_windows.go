package storedir

import "os"

func bootID() string {
	name, _ := os.Hostname()
	return name
}

// ProcessBegan is not known here.
func ProcessBegan(int) uint64 { return 0 }

// processRuns says no: that a number is taken says nothing where when it was
// taken is not known.
func processRuns(int) bool { return false }

// LocksFile is not known here.
func LocksFile(int, string) (locks, known bool) { return false, false }
