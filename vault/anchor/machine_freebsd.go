package anchor

import "golang.org/x/sys/unix"

// hostUUID is kern.hostuuid, which a jail has one of its own of.
func hostUUID() string {
	id, err := unix.Sysctl("kern.hostuuid")
	if err != nil {
		return ""
	}
	return id
}
