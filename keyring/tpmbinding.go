package keyring

import (
	"slices"
	"strconv"
	"strings"
)

// maxPCR is the highest platform configuration register.
const maxPCR = 23

// maxPCRs is how many registers a slot is bound to at most.
const maxPCRs = 8

// tpmPublic is what the slot table says of a TPM slot, which has no public key:
// what it is bound to, so that it can be made anew no weaker than it was.
func tpmPublic(pcrs []int, pin bool) string {
	return strings.Join(append([]string{"tacit-tpm"}, tpmArgs(pcrs, pin)...), " ")
}

// tpmArgs are the arguments of a TPM slot's stanza.
func tpmArgs(pcrs []int, pin bool) []string {
	args := []string{"v1", "-", "-"}
	if len(pcrs) > 0 {
		texts := make([]string, len(pcrs))
		for i, n := range pcrs {
			texts[i] = strconv.Itoa(n)
		}
		args[1] = strings.Join(texts, "+")
	}
	if pin {
		args[2] = "pin"
	}
	return args
}

// TPMBinding reads what a TPM slot is bound to out of what the slot table says
// of it: the platform configuration registers, and whether there is a PIN.
func TPMBinding(recipient string) (pcrs []int, pin, ok bool) {
	fields := strings.Split(recipient, " ")
	if len(fields) < 1 || fields[0] != "tacit-tpm" {
		return nil, false, false
	}
	return parseTPMArgs(fields[1:])
}

// parseTPMArgs takes only what tpmArgs gives.
func parseTPMArgs(args []string) (pcrs []int, pin, ok bool) {
	if len(args) != 3 || args[0] != "v1" || args[2] != "pin" && args[2] != "-" {
		return nil, false, false
	}
	if args[1] != "-" {
		for text := range strings.SplitSeq(args[1], "+") {
			n, err := strconv.Atoi(text)
			if err != nil {
				return nil, false, false
			}
			pcrs = append(pcrs, n)
		}
	}
	pin = args[2] == "pin"
	return pcrs, pin, checkPCRs(pcrs) && slices.Equal(tpmArgs(pcrs, pin), args)
}

// checkPCRs tells whether these are at most 8 registers from 0 to 23, each once
// and in order.
func checkPCRs(pcrs []int) bool {
	for i, n := range pcrs {
		if n < 0 || n > maxPCR || i > 0 && pcrs[i-1] >= n {
			return false
		}
	}
	return len(pcrs) <= maxPCRs
}
