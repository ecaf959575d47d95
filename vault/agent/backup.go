package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// Backup is [vault.Vault.Backup].
func (c *Client) Backup(ctx context.Context, w io.Writer, o vault.BackupOptions) (vault.BackupReport, error) {
	a, err := c.calls.do(ctx, post("/v1/backup", map[string]any{"since": o.Since}))
	if err != nil {
		return vault.BackupReport{}, err
	}
	write := func(b []byte) error {
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("writing the backup: %w", err)
		}
		return nil
	}
	var end wire.BackupEnd
	err = a.lines(1<<20, dataLine(write, reportLine(o.Progress, &end)))
	r := end.Report
	return vault.BackupReport{Names: r.Names, Records: r.Records, Seq: r.Commits, Since: r.Since, Bytes: r.Bytes}, err
}

// dataLine reads lines of data, besides those of reportLine.
func dataLine(write func([]byte) error, rest func([]byte) error) func([]byte) error {
	return func(line []byte) error {
		var d wire.Data
		if json.Unmarshal(line, &d) == nil && len(d.Data) > 0 {
			return write(d.Data)
		}
		return rest(line)
	}
}
