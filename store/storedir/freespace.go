package storedir

import (
	"fmt"

	"github.com/tacit-vault/tacit/store"
)

// NeedSpace returns an error wrapping ErrNoSpace where less is free.
func NeedSpace(dir string, need int64) error {
	free, err := FreeSpace(dir)
	if err != nil {
		return fmt.Errorf("measuring free space: %w", err)
	}
	if free < need {
		return fmt.Errorf("%w: %d bytes needed, %d free", store.ErrNoSpace, need, free)
	}
	return nil
}
