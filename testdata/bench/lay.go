package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// lay copies a program to a path, which may be its own. A linker writes its output here
// and there, and the system then keeps it in small pieces, which are slow to start. An
// installer writes a program from end to end, as this does.
func lay(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("copying a program: %w", err)
	}
	temp := to + ".new"
	if err := os.WriteFile(temp, program, 0o755); err != nil {
		return fmt.Errorf("copying a program: %w", err)
	}
	return os.Rename(temp, to)
}

// layAll copies programs that Go compiled into the folder where they are looked for first.
func (b *bench) layAll(programs []string) error {
	if err := os.MkdirAll(b.bin, 0o755); err != nil {
		return err
	}
	for _, program := range programs {
		path, err := b.find(program)
		if err == nil {
			err = lay(path, filepath.Join(b.bin, program))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
