package keyring

import (
	"slices"
	"strconv"
	"strings"
)

// typeTPM is the type of a TPM slot's stanza.
const typeTPM = "tacit-tpm"

// MaxPCR is the highest platform configuration register.
const MaxPCR = 23

// MaxPCRs is how many registers a slot is bound to at most.
const MaxPCRs = 8

// TPMPublic is what the slot table says of a TPM slot, which has no public key:
// what it is bound to, so that it can be made again no weaker than it was. It is also
// the type of the slot's stanza, and its arguments.
func TPMPublic(pcrs []int, pin bool) string {
	return strings.Join(append([]string{typeTPM}, tpmArgs(pcrs, pin)...), " ")
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
	if len(fields) < 1 || fields[0] != typeTPM {
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
		if n < 0 || n > MaxPCR || i > 0 && pcrs[i-1] >= n {
			return false
		}
	}
	return len(pcrs) <= MaxPCRs
}
