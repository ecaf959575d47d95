//go:build !linux

package keyring

import "fmt"

// openTPM knows no TPM here.
func openTPM(string) (*tpm, error) {
	return nil, fmt.Errorf("%w: TPMs are used on Linux only", ErrUnavailable)
}
