package wire

import (
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Backup is what a backup was.
type Backup struct {
	Names   int    `json:"names"`
	Records int    `json:"records"`
	Commits uint64 `json:"commits"`
	Since   uint64 `json:"since,omitempty"`
	Bytes   int64  `json:"bytes"`
}

// BackupEnd is the line that ends a backup.
type BackupEnd struct {
	Report Backup `json:"report"`
}

// Data is a part of a file.
type Data struct {
	Data []byte `json:"data"`
}

// Exposure is a secret that removed slots could have read.
type Exposure struct {
	Name    string    `json:"name"`
	Version uint64    `json:"version"`
	Updated time.Time `json:"updated,omitzero"`
	By      []string  `json:"by"`
	Since   time.Time `json:"since,omitzero"`
}

// Exposed is all of them, with these slots.
type Exposed struct {
	Exposed []Exposure          `json:"exposed"`
	Removed []vault.RemovedSlot `json:"removed"`
}

// Groups are the groups that the vault is in.
type Groups struct {
	Groups []vault.Membership `json:"groups"`
}

// Rotated is what a rotation did.
type Rotated struct {
	OldPin  string `json:"old_pin"`
	NewPin  string `json:"new_pin"`
	Secrets int    `json:"secrets"`
	Records int    `json:"records"`
	Kept    []Slot `json:"kept"`
	Dropped []Slot `json:"dropped"`
}

// RotateEnd is the line that ends a rotation.
type RotateEnd struct {
	Report Rotated `json:"report"`
}

// Report is what a verification found.
type Report struct {
	OK         bool      `json:"ok"`
	Full       bool      `json:"full"`
	Secrets    int       `json:"secrets"`
	Deleted    int       `json:"deleted"`
	Records    int       `json:"records"`
	Commits    uint64    `json:"commits"`
	Unfinished bool      `json:"unfinished,omitempty"`
	Findings   []Finding `json:"findings"`
	LastWhole  time.Time `json:"last_whole,omitzero"`
}

// Finding is one thing that it found.
type Finding struct {
	Code    vault.Code `json:"code"`
	Name    string     `json:"name,omitempty"`
	Message string     `json:"message"`
	Meaning string     `json:"meaning"`
	Remedy  string     `json:"remedy"` // in words
	// Action is the remedy as data.
	Action remedy.Remedy `json:"action,omitzero"`
}

// Vault gives the report back to the caller.
func (w Report) Vault() vault.Report {
	r := vault.Report{
		Names: w.Secrets, Gone: w.Deleted, Records: w.Records, Seq: w.Commits, Full: w.Full, Unfinished: w.Unfinished,
		LastWhole: w.LastWhole,
	}
	for _, f := range w.Findings {
		r.Findings = append(r.Findings, vault.Finding{Code: f.Code, Name: f.Name, Message: f.Message, Meaning: f.Meaning, Remedy: f.Action})
	}
	return r
}

// VerifyEnd is the line that ends a verification.
type VerifyEnd struct {
	Report Report `json:"report"`
}

// Progress is a line that tells how far it is.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// End is the line that ends other streams, with the count of what was sent.
type End struct {
	End int `json:"end"`
}

// Made is a line of what a batch has made.
type Made struct {
	Infos []Info `json:"infos"`
}
