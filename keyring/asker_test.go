package keyring

import (
	"context"
	"fmt"
)

// pins is somebody who types one answer after the other.
type pins []string

func (p *pins) Secret(context.Context, string) ([]byte, error) {
	if len(*p) == 0 {
		return nil, fmt.Errorf("%w: nobody is left", ErrUnavailable)
	}
	pin := (*p)[0]
	*p = (*p)[1:]
	return []byte(pin), nil
}

func (p *pins) Confirm(context.Context, string, string, string) (bool, error) { return true, nil }
func (p *pins) Tell(string)                                                   {}
