package wire

// Warnings is the member of an answer that has them: the last one.
type Warnings struct {
	Warnings []Error `json:"warnings"`
}

// WarningsMember is how the member begins that has them.
const WarningsMember = `"warnings":[`
