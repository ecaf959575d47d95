package wire

// Yield is what is asked of an agent that is to give its vault away.
type Yield struct {
	// Recipient, where it is not empty, is the age recipient that the vault's key is to be
	// sealed to.
	Recipient string `json:"recipient,omitempty"`
	// Unattended says that no user has just asked for it.
	Unattended bool `json:"unattended,omitempty"`
}

// Yielded says that the vault is given away.
type Yielded struct {
	Yielded bool   `json:"yielded"`
	Seconds int    `json:"seconds"`       // at most
	Key     []byte `json:"key,omitempty"` // see vault.Options.Lent; nil where none is lent
}
