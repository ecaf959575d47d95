package anchor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
)

// Machine tells this machine apart from others that may share the state folder:
// 16 hex digits, of /etc/machine-id where there is one, else of the host name.
// The id itself should not be written down, says machine-id(5), so it is hashed.
func Machine() string { return machine(os.ReadFile, os.Hostname) }

func machine(read func(string) ([]byte, error), hostname func() (string, error)) string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		b, err := read(name)
		if id := strings.TrimSpace(string(b)); err == nil && len(id) == 32 {
			return machineOf("id " + id)
		}
	}
	name, err := hostname()
	if err != nil {
		name = ""
	}
	return machineOf("host " + name)
}

func machineOf(id string) string {
	m := hmac.New(sha256.New, []byte(id))
	m.Write([]byte("tacit machine 1"))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// isMachine tells whether s has the form of a machine id.
func isMachine(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}
