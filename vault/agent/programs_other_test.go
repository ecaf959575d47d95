//go:build darwin || freebsd

package agent

import "errors"

func childAsk() error { return errors.ErrUnsupported }
