package store

import "fmt"

// needSpace returns an error wrapping ErrNoSpace where less is free.
func needSpace(dir string, need int64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free < need {
		return fmt.Errorf("%w: %d bytes needed, %d free", ErrNoSpace, need, free)
	}
	return nil
}
