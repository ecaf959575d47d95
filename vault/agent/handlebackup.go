package agent

import (
	"encoding/json"

	"github.com/tacit-vault/tacit/vault"
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

// postBackup sends a backup, part by part.
func postBackup(r *request) error {
	d, err := r.document("since")
	if err != nil {
		return err
	}
	var o vault.BackupOptions
	if err := d.get("since", &o.Since); err != nil {
		return err
	}
	st := r.stream()
	o.Progress = st.progress
	report, err := r.s.v.Backup(r.Context(), dataWriter{st}, o)
	if err != nil {
		return err
	}
	return st.last(backupEnd{backupWire{report.Names, report.Records, report.Seq, report.Since, report.Bytes}})
}

// dataWriter sends what is written to it as lines.
type dataWriter struct{ st *stream }

func (w dataWriter) Write(p []byte) (int, error) {
	const step = 48 << 10
	for n := 0; n < len(p); n += step {
		if err := w.st.object(dataWire{p[n:min(n+step, len(p))]}); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

// dataLine reads lines of data, besides those of reportLine.
func dataLine(write func([]byte) error, rest func([]byte) error) func([]byte) error {
	return func(line []byte) error {
		var d dataWire
		if json.Unmarshal(line, &d) == nil && len(d.Data) > 0 {
			return write(d.Data)
		}
		return rest(line)
	}
}
