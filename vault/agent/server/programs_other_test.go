//go:build darwin || freebsd

package server

import "errors"

func childAsk() error { return errors.ErrUnsupported }
