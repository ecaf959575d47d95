package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are tacit, built both ways.
type programs struct {
	whole string // one program that does everything
	front string // the small one of two; "": the commit does not have it
}

// build builds the checkout in root into a folder.
func build(root, into string) (p programs, err error) {
	p.whole = filepath.Join(into, "one", "tacit")
	if err := goBuild(root, p.whole, "."); err != nil {
		return p, err
	}
	if _, err := os.Stat(filepath.Join(root, "cli", "front", "tacit")); err != nil {
		return p, nil
	}
	p.front = filepath.Join(into, "two", "tacit")
	if err := goBuild(root, p.front, "./cli/front/tacit"); err != nil {
		return p, err
	}
	return p, os.Link(p.whole, p.front+"-core")
}

func goBuild(root, output, pkg string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", output, pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, out)
	}
	return lay(output, output)
}

// fileSizes is a line on how large the programs' files are.
func (p programs) fileSizes() string {
	var parts []string
	names, paths := p.forms()
	for i, name := range names {
		if info, err := os.Stat(paths[i]); err == nil {
			parts = append(parts, name+" "+mebibytes(info.Size())+" MiB")
		}
	}
	return "Files of tacit’s programs: " + strings.Join(parts, ", ") + "."
}

// checkout is the root of the module, which the working folder is in.
func checkout() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("the working folder has to be in tacit's checkout: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// git is what git prints about the checkout.
func git(root string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, lastLines(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}
