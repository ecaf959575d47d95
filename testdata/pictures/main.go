// Command pictures draws what tacit shows on a terminal, for the README: it runs the
// real program on a terminal of its own, and writes the cells down as SVG. It needs
// Linux, and no browser and no network. No picture shows a time or a path, so that each
// run draws the same.
//
//	go run ./testdata/pictures                     # draws docs/pictures again
//	go run ./testdata/pictures -into DIR -tacit P  # elsewhere, with a program that is built
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	into := flag.String("into", filepath.Join("docs", "pictures"), "the `folder` for the pictures")
	tacit := flag.String("tacit", "", "the `program`; built where not given")
	flag.Parse()
	if err := run(*into, *tacit); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// run draws every picture into a folder.
func run(into, tacit string) (err error) {
	work, err := os.MkdirTemp("", "tacit-pictures-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if tacit == "" {
		tacit = filepath.Join(work, "bin", "tacit")
		if out, err := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", tacit, ".").CombinedOutput(); err != nil {
			return fmt.Errorf("building tacit: %w\n%s", err, out)
		}
	}
	u, err := newUser(filepath.Join(work, "home"), tacit)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	for _, p := range pictures {
		screen, err := u.session(p.commands)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := os.WriteFile(filepath.Join(into, p.name+".svg"), screen.svg(p.title), 0o644); err != nil {
			return err
		}
	}
	return nil
}
