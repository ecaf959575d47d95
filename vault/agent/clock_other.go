//go:build !linux && !darwin && !freebsd

package agent

import "time"

func bootTime() time.Duration { return 0 }
