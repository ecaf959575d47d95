package server

import (
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

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
	return st.last(wire.BackupEnd{Report: wire.Backup{
		Names: report.Names, Records: report.Records, Commits: report.Seq, Since: report.Since, Bytes: report.Bytes,
	}})
}

// dataWriter sends what is written to it as lines.
type dataWriter struct{ st *stream }

func (w dataWriter) Write(p []byte) (int, error) {
	const step = 48 << 10
	for n := 0; n < len(p); n += step {
		if err := w.st.object(wire.Data{Data: p[n:min(n+step, len(p))]}); err != nil {
			return n, err
		}
	}
	return len(p), nil
}
