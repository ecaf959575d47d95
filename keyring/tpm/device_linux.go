package tpm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2/transport"

	"github.com/tacit-vault/tacit/keyring"
)

// tpmDevices are where a TPM is, the kernel's resource manager first.
var tpmDevices = [...]string{"/dev/tpmrm0", "/dev/tpm0"}

// tpmTime is how long a TPM may take for everything.
const tpmTime = 30 * time.Second

// openTPM opens a TPM, without a word to it. The error wraps ErrUnavailable.
func openTPM(device string) (*tpm, error) {
	conn, err := dialTPM(device)
	switch {
	case err == nil:
		return &tpm{transport.FromReadWriter(conn), conn}, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: there is no TPM here: %w", keyring.ErrUnavailable, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: the TPM may not be used by this user, who is not in the group tss: %w", keyring.ErrUnavailable, err)
	case errors.Is(err, syscall.EBUSY):
		return nil, fmt.Errorf("%w: another program is using the TPM: %w", keyring.ErrUnavailable, err)
	}
	return nil, fmt.Errorf("%w: the TPM: %w", keyring.ErrUnavailable, err)
}

func dialTPM(device string) (io.ReadWriteCloser, error) {
	if path, ok := strings.CutPrefix(device, "unix:"); ok {
		conn, err := net.DialTimeout("unix", path, tpmTime)
		if err == nil {
			err = conn.SetDeadline(time.Now().Add(tpmTime))
		}
		return conn, err
	}
	if device != "" {
		return os.OpenFile(device, os.O_RDWR, 0)
	}
	for _, path := range tpmDevices {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: tpmDevices[0], Err: fs.ErrNotExist}
}
