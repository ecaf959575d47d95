package agent

import (
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type backupWire struct {
	Names   int    `json:"names"`
	Records int    `json:"records"`
	Commits uint64 `json:"commits"`
	Since   uint64 `json:"since,omitempty"`
	Bytes   int64  `json:"bytes"`
}

type backupEnd struct {
	Report backupWire `json:"report"`
}

// dataWire is a part of a file.
type dataWire struct {
	Data []byte `json:"data"`
}

type exposureWire struct {
	Name    string    `json:"name"`
	Version uint64    `json:"version"`
	Updated time.Time `json:"updated,omitzero"`
	By      []string  `json:"by"`
	Since   time.Time `json:"since,omitzero"`
}

type exposedWire struct {
	Exposed []exposureWire      `json:"exposed"`
	Removed []vault.RemovedSlot `json:"removed"`
}

type rotatedWire struct {
	OldPin  string     `json:"old_pin"`
	NewPin  string     `json:"new_pin"`
	Secrets int        `json:"secrets"`
	Records int        `json:"records"`
	Kept    []slotWire `json:"kept"`
	Dropped []slotWire `json:"dropped"`
}

type rotateEnd struct {
	Report rotatedWire `json:"report"`
}

type reportWire struct {
	OK         bool          `json:"ok"`
	Full       bool          `json:"full"`
	Secrets    int           `json:"secrets"`
	Deleted    int           `json:"deleted"`
	Records    int           `json:"records"`
	Commits    uint64        `json:"commits"`
	Unfinished bool          `json:"unfinished,omitempty"`
	Findings   []findingWire `json:"findings"`
}

type findingWire struct {
	Code    vault.Code `json:"code"`
	Name    string     `json:"name,omitempty"`
	Message string     `json:"message"`
	Meaning string     `json:"meaning"`
	Remedy  string     `json:"remedy"` // in words
	// Action is the remedy as data.
	Action remedy.Remedy `json:"action,omitzero"`
}

func (w reportWire) report() vault.Report {
	r := vault.Report{
		Names: w.Secrets, Gone: w.Deleted, Records: w.Records, Seq: w.Commits, Full: w.Full, Unfinished: w.Unfinished,
	}
	for _, f := range w.Findings {
		r.Findings = append(r.Findings, vault.Finding{Code: f.Code, Name: f.Name, Message: f.Message, Meaning: f.Meaning, Remedy: f.Action})
	}
	return r
}

type verifyEnd struct {
	Report reportWire `json:"report"`
}

type progressWire struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

type endWire struct {
	End int `json:"end"`
}

type infosWire struct {
	Infos []infoWire `json:"infos"`
}
