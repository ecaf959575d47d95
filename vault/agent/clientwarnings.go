package agent

import (
	"bytes"
	"encoding/json"
)

// warnings tells the caller of warnings in a document of the agent's.
func (c *Client) warnings(doc []byte) {
	if c.OnWarning == nil || !bytes.Contains(doc, []byte(warningsMember)) {
		return
	}
	var w warningsWire
	if json.Unmarshal(doc, &w) == nil {
		for _, one := range w.Warnings {
			c.OnWarning(one.err())
		}
	}
}
