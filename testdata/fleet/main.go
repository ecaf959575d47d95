// Command fleet measures groups: how bundles reach many devices over NATS, and what a
// team over a folder waits for. It prints the goals beside what it has measured.
//
//	TACIT_TEST_NATS=$(command -v nats-server) go run ./testdata/fleet -devices 1000
//	go run ./testdata/fleet -folder -devices 1000
//
// The first runs TestFleet of cli/tacit-nats: three NATS servers with TLS and a leaf, as
// processes; the leader is killed amid the puts, and the leaf is cut off for a while. Of
// the devices, -real are vaults, each with tacit sync --watch; the others have the protocol
// alone. The second runs the program itself, in vaults of their own, over a folder.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
)

func main() {
	devices := flag.Int("devices", 1000, "how many devices listen, half of them behind the leaf; with -folder, how many members the group has")
	pushes := flag.Int("pushes", 1000, "how many bundles are put")
	real := flag.Int("real", 50, "how many of the devices are vaults, each with the program itself; Linux")
	changes := flag.Int("changes", 30, "how many secrets the owner sets for them")
	folder := flag.Bool("folder", false, "measure a team over a folder")
	flag.Parse()
	run := func() error { return overNATS(*devices, *real, *pushes, *changes) }
	if *folder {
		run = func() error { return overFolder(*devices) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

func overNATS(devices, real, pushes, changes int) error {
	if os.Getenv("TACIT_TEST_NATS") == "" {
		path, err := exec.LookPath("nats-server")
		if err != nil {
			return fmt.Errorf("TACIT_TEST_NATS names no nats-server, and none is in PATH")
		}
		os.Setenv("TACIT_TEST_NATS", path)
	}
	cmd := exec.Command("go", "test", "./cli/tacit-nats", "-run", "^TestFleet$", "-v", "-count=1", "-timeout=1h",
		fmt.Sprint("-fleet.devices=", devices), fmt.Sprint("-fleet.real=", real), fmt.Sprint("-fleet.pushes=", pushes), fmt.Sprint("-fleet.changes=", changes))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
