package agent

import (
	"bytes"
	"encoding/json"

	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// warnings tells the caller of warnings in a document of the agent's.
func (c *Client) warnings(doc []byte) {
	if c.OnWarning == nil || !bytes.Contains(doc, []byte(wire.WarningsMember)) {
		return
	}
	var w wire.Warnings
	if json.Unmarshal(doc, &w) == nil {
		for _, one := range w.Warnings {
			c.OnWarning(one.Err())
		}
	}
}
