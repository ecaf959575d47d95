package diff

import (
	"github.com/tacit-vault/tacit/cli/frame"
)

// diffJSON is a comparison, without values.
type diffJSON struct {
	Name    string         `json:"name"`
	Same    bool           `json:"same"`
	From    frame.InfoJSON `json:"from"`
	To      frame.InfoJSON `json:"to"`
	Value   string         `json:"value"` // same or changed
	Keys    []changeJSON   `json:"keys"`
	Labels  []changeJSON   `json:"labels"`
	Expires string         `json:"expires"` // same or changed
}

type changeJSON struct {
	Change string `json:"change"` // added, gone, changed
	What   string `json:"what"`   // a key, or a label as KEY=VALUE
}

func changeWord(sign byte) string {
	switch sign {
	case '+':
		return "added"
	case '-':
		return "gone"
	}
	return "changed"
}

func (c comparison) json() diffJSON {
	j := diffJSON{
		Name: c.to.Name, Same: c.same(), From: frame.ToInfoJSON(c.from), To: frame.ToInfoJSON(c.to),
		Value: word(c.value), Keys: []changeJSON{}, Labels: []changeJSON{}, Expires: word(!c.from.Expires.Equal(c.to.Expires)),
	}
	for _, k := range c.keys {
		j.Keys = append(j.Keys, changeJSON{changeWord(k.sign), k.key})
	}
	for _, l := range c.labels {
		j.Labels = append(j.Labels, changeJSON{changeWord(l.sign), l.label})
	}
	return j
}

func word(changed bool) string {
	if changed {
		return "changed"
	}
	return "same"
}
