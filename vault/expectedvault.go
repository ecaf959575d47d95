package vault

import (
	"fmt"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Expected holds a vault against what a user says it has to be, "PIN" or
// "PIN:COMMIT" as in Options.Expect. Codes: InvalidValue, Substituted, RolledBack.
func (st Status) Expected(expect string) error {
	return during("open", checkExpect(st.Path, expect, st.Pin, st.Seq))
}

func checkExpect(dir, expect, pin string, seq uint64) error {
	e, err := anchor.ParseExpect(expect)
	switch {
	case err != nil:
		return &SecretError{
			Code: InvalidValue, Err: err,
			Message: "TACIT_EXPECT must be PIN or PIN:COMMIT", Remedy: remedy.To(remedy.ShowPin),
		}
	case e.Pin.String() != pin:
		return &SecretError{
			Code: Substituted, Path: dir,
			Message: fmt.Sprintf("this is another vault: its pin is %s, expected was %s", pin, e.Pin),
			Remedy:  remedy.To(remedy.ComparePin),
		}
	case seq < e.Seq:
		return &SecretError{
			Code: RolledBack, Path: dir,
			Message: fmt.Sprintf("the vault is at commit %d, expected was at least %d: rolled back, or lost", seq, e.Seq),
			Remedy:  remedy.To(remedy.ExpectLess),
		}
	}
	return nil
}
