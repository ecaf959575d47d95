package agent

// warningsWire is the member of an answer that has them: the last one.
type warningsWire struct {
	Warnings []errorWire `json:"warnings"`
}

const warningsMember = `"warnings":[`
