package crypto

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Policies that format 1 knows.
const (
	PolicyMaxValue = "max-value" // UTF-16 code units of a value: 1 to MaxValueLimit
	PolicyHistory  = "history"   // versions kept of a name, the current included: 1 to HistoryLimit

	MaxValueLimit = 1 << 20
	HistoryLimit  = 10_000
)

const maxPolicies = 64 // known and unknown ones

// check holds the head against every limit of the format.
func (h *Head) check() error {
	if h.Format != Format {
		return fmt.Errorf("%w: format %d", ErrNewer, h.Format)
	}
	if err := checkFeatures(h.Incompatible); err != nil {
		return err
	}
	if err := checkFeatures(h.Compatible); err != nil {
		return err
	}
	if len(h.Incompatible) > 0 {
		return fmt.Errorf("%w: features %s", ErrNewer, strings.Join(h.Incompatible, ", "))
	}
	if h.Suite != X25519 && h.Suite != Hybrid {
		return fmt.Errorf("%w: unknown suite", ErrMalformed)
	}
	if !inRange(h.Seq) {
		return fmt.Errorf("%w: seq %d", ErrMalformed, h.Seq)
	}
	if h.Time < 0 || h.Time > MaxUpdated {
		return fmt.Errorf("%w: time %d", ErrMalformed, h.Time)
	}
	// An entry has at least one record; the order of the terms avoids overflow.
	if h.Names > h.Records || h.Gone > h.Records-h.Names {
		return fmt.Errorf("%w: %d records of %d names, and %d gone", ErrMalformed, h.Records, h.Names, h.Gone)
	}
	if err := checkAncestors(h.Seq, h.Prev, h.Skip); err != nil {
		return err
	}
	if err := CheckSlots(h.Slots, h.NextSlot); err != nil {
		return err
	}
	return checkPolicy(h.Policy)
}

// checkAncestors holds the points of the head of seq against one another. Along
// both of them seqs only fall.
func checkAncestors(seq uint64, prev, skip Point) error {
	ok := prev.valid() && skip.valid() && prev.Seq < seq && (prev.IsZero() == (seq == 1)) &&
		(skip == prev || !skip.IsZero() && skip.Seq < prev.Seq && skip.Seq <= seq&(seq-1))
	if !ok {
		return fmt.Errorf("%w: ancestors %d and %d of the head of seq %d", ErrMalformed, prev.Seq, skip.Seq, seq)
	}
	return nil
}

func checkFeatures(list []string) error {
	if len(list) > maxFeatures {
		return fmt.Errorf("%w: %d features, at most %d", ErrLimit, len(list), maxFeatures)
	}
	for i, f := range list {
		if !IsLabel(f) || i > 0 && list[i-1] >= f {
			return fmt.Errorf("%w: features", ErrMalformed)
		}
	}
	return nil
}

// IsLabel tells whether s is [a-z0-9-]{1,40}: features, slot labels and kinds.
func IsLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !isDigit(c) && c != '-' {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 40
}

// checkPolicy refuses what cannot be a policy, values of known ones that are out
// of range, and critical ones that are unknown.
func checkPolicy(policy map[string]uint64) error {
	if len(policy) > maxPolicies {
		return fmt.Errorf("%w: %d policies, at most %d", ErrLimit, len(policy), maxPolicies)
	}
	for name, value := range policy {
		most := map[string]uint64{PolicyMaxValue: MaxValueLimit, PolicyHistory: HistoryLimit}[name]
		switch {
		case !isPolicyName(name):
			return fmt.Errorf("%w: name of a policy", ErrMalformed)
		case most > 0 && (value < 1 || value > most):
			return fmt.Errorf("%w: policy %s is %d, must be 1 to %d", ErrLimit, name, value, most)
		}
	}
	for name := range policy {
		if strings.ContainsFunc(name, isUpper) {
			return fmt.Errorf("%w: critical policy %s", ErrNewer, name)
		}
	}
	return nil
}

// isPolicyName tells whether s is [A-Za-z-]{1,40}.
func isPolicyName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (!isAlnum(c) || isDigit(c)) {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= 40
}

// policyList is the policies as the head lists them.
func policyList(policy map[string]uint64) []string {
	list := make([]string, 0, len(policy))
	for _, name := range slices.Sorted(maps.Keys(policy)) {
		list = append(list, name+"="+strconv.FormatUint(policy[name], 10))
	}
	return list
}

// policy reads the list. Order and spelling are held by ParseHead.
func (p *Fields) policy() map[string]uint64 {
	policy := map[string]uint64{}
	for _, s := range p.List("tacit/1/policy", maxPolicies) {
		name, value, ok := strings.Cut(s, "=")
		n, err := strconv.ParseUint(value, 10, 64)
		if !ok || err != nil {
			p.err = fmt.Errorf("%w: policy", ErrMalformed)
			return nil
		}
		policy[name] = n
	}
	return policy
}
