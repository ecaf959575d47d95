package crypto

import (
	"bytes"
	"unicode"
)

// recovery is a phrase of words on paper as a way in. On the sealing side it
// differs from a passphrase by its kind and the form of its phrase.
type recovery struct{ *Passphrase }

var _ Lock = recovery{}

// NewRecovery makes the lock of a recovery phrase. What is sealed is the phrase
// in lower case with one hyphen between words, which is also how stock age has
// to be given it. The options and errors are those of NewPassphrase.
func NewRecovery(phrase []byte, opts ...PassphraseOption) (Lock, error) {
	form := RecoveryForm(phrase)
	defer clear(form)
	p, err := NewPassphrase(form, opts...)
	if err != nil {
		return nil, err
	}
	return recovery{p}, nil
}

// Recovery is the passphrase as the lock of a recovery phrase, as NewRecovery
// makes one.
func (p *Passphrase) Recovery() (Lock, error) {
	return NewRecovery(p.phrase, func(r *Passphrase) { r.logN, r.floor = p.logN, p.floor })
}

// Kind is KindRecovery.
func (recovery) Kind() string { return KindRecovery }

// RecoveryForm is a phrase in lower case, with one hyphen for whatever stands
// between two words: people copy it from paper in their own way.
func RecoveryForm(phrase []byte) []byte {
	form := make([]byte, 0, len(phrase))
	words := bytes.FieldsFunc(phrase, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '_' })
	for i, word := range words {
		if i > 0 {
			form = append(form, '-')
		}
		form = append(form, bytes.ToLower(word)...)
	}
	return form
}
