package server

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// maxWarnings is how many warnings an answer has at most.
const maxWarnings = 16

// warnings are what was said while a request was handled, and did not stop it.
type warnings struct {
	mu   sync.Mutex // guards list
	list []wire.Error
}

func (w *warnings) add(one wire.Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) < maxWarnings {
		w.list = append(w.list, one)
	}
}

// member cuts the end off a document, and gives the end that it is to have. The
// document itself is not copied: it may hold a value.
func (w *warnings) member(doc []byte) (body, rest []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := bytes.LastIndexByte(doc, '}')
	if len(w.list) == 0 || end < 0 {
		return doc, nil
	}
	text, _ := json.Marshal(wire.Warnings{Warnings: w.list}) // strings: cannot fail
	if end > 1 {
		text[0] = ','
	} else {
		text = text[1:]
	}
	return doc[:end], append(text, '\n')
}
