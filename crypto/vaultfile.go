package crypto

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxVaultFile     = 4096 // bytes
	vaultFileFormat  = 1
	vaultFileFirst   = "tacit-vault "
	vaultFileCreated = "2006-01-02T15:04:05Z"
)

// VaultFile is what the file VAULT says. The head holds its SHA-256.
type VaultFile struct {
	ID      ID
	Created time.Time // whole seconds, UTC
	// Features that a reader has to know to read the vault, or to write to it.
	// Format 1 has none: what to do about one is for the caller to decide.
	Incompatible, Compatible []string
}

// Marshal is the file's text. Features are sorted and doubles dropped; those
// that are not [a-z0-9-]{1,40} make a file that cannot be parsed.
func (v VaultFile) Marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\nid %s\ncreated %s\n", vaultFileFirst, vaultFileFormat, v.ID,
		v.Created.UTC().Format(vaultFileCreated))
	for _, f := range sorted(v.Incompatible) {
		fmt.Fprintf(&b, "incompatible %s\n", f)
	}
	for _, f := range sorted(v.Compatible) {
		fmt.Fprintf(&b, "compatible %s\n", f)
	}
	return b.Bytes()
}

func sorted(s []string) []string { return slices.Compact(slices.Sorted(slices.Values(s))) }

// ParseVaultFile reads VAULT, at most 4,096 bytes, and takes only what Marshal
// writes. The error wraps ErrNewer for another format, ErrLimit or ErrMalformed.
func ParseVaultFile(b []byte) (VaultFile, error) {
	if err := checkVaultFormat(b); err != nil {
		return VaultFile{}, err
	}
	if len(b) > maxVaultFile {
		return VaultFile{}, fmt.Errorf("%w: VAULT of more than %d bytes", ErrLimit, maxVaultFile)
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) < 4 {
		return VaultFile{}, fmt.Errorf("%w: VAULT is cut short", ErrMalformed)
	}
	var v VaultFile
	var err error
	id, _ := strings.CutPrefix(lines[1], "id ")
	if v.ID, err = ParseID(id); err != nil {
		return VaultFile{}, fmt.Errorf("VAULT: %w", err)
	}
	created, _ := strings.CutPrefix(lines[2], "created ")
	if v.Created, err = time.Parse(vaultFileCreated, created); err != nil {
		return VaultFile{}, fmt.Errorf("%w: VAULT: time of creation", ErrMalformed)
	}
	for _, line := range lines[3 : len(lines)-1] {
		kind, feature, _ := strings.Cut(line, " ")
		if !IsLabel(feature) {
			return VaultFile{}, fmt.Errorf("%w: VAULT: feature", ErrMalformed)
		}
		if kind == "incompatible" {
			v.Incompatible = append(v.Incompatible, feature)
		} else {
			v.Compatible = append(v.Compatible, feature)
		}
	}
	// One spelling only: order, doubles, spaces, line ends.
	if !bytes.Equal(v.Marshal(), b) {
		return VaultFile{}, fmt.Errorf("%w: VAULT is not as tacit writes it", ErrMalformed)
	}
	return v, nil
}

// checkVaultFormat reads the first line, all that a newer format promises to keep.
func checkVaultFormat(b []byte) error {
	line, _, _ := bytes.Cut(b[:min(len(b), maxVaultFile)], []byte("\n"))
	number, ok := strings.CutPrefix(string(line), vaultFileFirst)
	n, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil || strconv.FormatUint(n, 10) != number {
		return fmt.Errorf("%w: not a VAULT file", ErrMalformed)
	}
	if n != vaultFileFormat {
		return fmt.Errorf("%w: vault format %d, this is for format %d", ErrNewer, n, vaultFileFormat)
	}
	return nil
}
