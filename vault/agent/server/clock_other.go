//go:build !linux && !darwin && !freebsd

package server

import "time"

func bootTime() time.Duration { return 0 }
