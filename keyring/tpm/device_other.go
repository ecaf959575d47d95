//go:build !linux

package tpm

import "runtime"

// openTPM knows no TPM here.
func openTPM(string) (*tpm, error) { return nil, noTPM(runtime.GOOS) }
