package upkeep

import (
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

// rescueJSON is what a rescue found and made.
type rescueJSON struct {
	Complete bool   `json:"complete"`      // all that was in the vault is there, and certain
	Path     string `json:"path"`          // of the new vault; "" where there is none
	Pin      string `json:"pin,omitempty"` // of the new vault

	Old struct {
		ID      string `json:"id"`
		Pin     string `json:"pin,omitempty"`
		Commit  uint64 `json:"commit"`          // of the newest head left; 0: none
		Changed string `json:"changed"`         // when that was made
		Known   uint64 `json:"known,omitempty"` // the newest commit that this machine has seen
	} `json:"old"`
	Read searchedJSON `json:"read"`

	Rescued   int `json:"rescued"`
	Certain   int `json:"certain"`
	Uncertain int `json:"uncertain"`
	Missing   int `json:"missing"`
	Deleted   int `json:"deleted"`
	Unknown   int `json:"unknown"` // names that were there, and that nothing tells of
	Gaps      int `json:"gaps"`    // parts of the index that are gone

	Secrets []rescuedJSON `json:"secrets"`
	Opened  []string      `json:"opened_by,omitempty"` // labels of the new vault's key slots
}

// searchedJSON is rescue.Searched, field by field.
type searchedJSON struct {
	Files      int   `json:"files"`
	Bytes      int64 `json:"bytes"`
	Unreadable int64 `json:"unreadable"` // bytes
	Unopened   int   `json:"unopened"`   // files and folders
	Found      int   `json:"found"`      // what looks like a record
	Records    int   `json:"records"`    // that are the vault's, whole, and different
	Copies     int   `json:"copies"`
	Older      int   `json:"older"` // not looked at
	Damaged    int   `json:"damaged"`
	Foreign    int   `json:"foreign"` // not the vault's
	Newer      int   `json:"newer"`   // of a newer tacit
}

type rescuedJSON struct {
	Name    string `json:"name"`
	State   string `json:"state"`   // certain, uncertain, missing, deleted
	Version uint64 `json:"version"` // in the old vault
	Commit  uint64 `json:"commit"`
	Kind    string `json:"kind,omitempty"`
	Size    int64  `json:"size"`
	Updated string `json:"updated,omitempty"`
	Why     string `json:"why,omitempty"` // what is not certain, and why
}

func toRescueJSON(r *rescue.Report, st vault.Status) rescueJSON {
	j := rescueJSON{
		Complete: r.Complete(), Path: st.Path, Pin: st.Pin,
		Rescued: r.Rescued(), Certain: r.Count(rescue.Certain), Uncertain: r.Count(rescue.Uncertain), Missing: r.Count(rescue.Missing),
		Deleted: r.Count(rescue.Deleted), Unknown: r.Unknown, Gaps: r.Gaps, Secrets: make([]rescuedJSON, len(r.Items)),
	}
	j.Old.ID, j.Old.Pin, j.Old.Commit, j.Old.Changed, j.Old.Known = r.Vault, r.Head.Pin, r.Head.Commit, frame.Stamp(r.Head.When), r.Known
	j.Read = searchedJSON(r.Searched)
	for i, item := range r.Items {
		j.Secrets[i] = rescuedJSON{
			item.Name, string(item.State), item.Version, item.Commit, item.Kind, item.Size, frame.Stamp(item.Updated), item.Why,
		}
	}
	for _, slot := range st.Slots {
		j.Opened = append(j.Opened, slot.Label)
	}
	return j
}

// tellRescued prints what is not certain, and what was done.
func tellRescued(s *frame.Session, r *rescue.Report, st vault.Status) error {
	if s.JSON {
		return s.WriteJSON(toRescueJSON(r, st))
	}
	for _, item := range r.Items {
		if item.State == rescue.Certain {
			continue
		}
		text := fmt.Sprintf("version %d of commit %d", item.Version, item.Commit)
		if item.Why != "" {
			text += "; " + item.Why
		}
		fmt.Fprintf(s.Results, "%s: %s: %s\n", item.State, failure.Printable(item.Name), failure.Printable(text))
	}
	if st.Path != "" {
		fmt.Fprintf(s.Results, "vault %s\npin   %s\n", failure.Printable(st.Path), st.Pin)
	}
	fmt.Fprintf(s.Results, "%s: %d certain, %d uncertain; %d missing, %d deleted\n",
		frame.Count(r.Rescued(), "secret"), r.Count(rescue.Certain), r.Count(rescue.Uncertain), r.Count(rescue.Missing), r.Count(rescue.Deleted))
	tellSearched(s, r)
	if slices.Contains(r.Own, ".removed") {
		fmt.Fprintln(s.Results, "key slots had been removed from the vault; which values they could read is not carried over: change those that matter")
	}
	if st.Path != "" {
		if err := s.Flush(); err != nil {
			return err
		}
		s.ExplainPin()
		s.Note("The new vault opens with the key that opened the old one. Other key slots are not carried over: tacit key add --vault %s", shell.QuotePath(st.Path))
	}
	return nil
}

// tellSearched says what the result rests on.
func tellSearched(s *frame.Session, r *rescue.Report) {
	text := fmt.Sprintf("read %s, %s: %s of the vault", frame.Count(r.Searched.Files, "file"), frame.Size(r.Searched.Bytes), frame.Count(r.Searched.Records, "record"))
	for _, also := range []struct {
		n    int
		what string
	}{
		{r.Searched.Damaged, "damaged"}, {r.Searched.Foreign, "not its own or beyond telling"}, {r.Searched.Newer, "of a newer tacit"},
	} {
		if also.n > 0 {
			text += fmt.Sprintf(", %d %s", also.n, also.what)
		}
	}
	fmt.Fprintf(s.Results, "%s\n", text)
	if r.Searched.Unreadable > 0 || r.Searched.Unopened > 0 {
		s.Warn("%s could not be read, and %s not be opened", frame.Size(r.Searched.Unreadable), frame.Count(r.Searched.Unopened, "file"))
	}
	switch {
	case r.Head.Commit == 0:
		fmt.Fprintln(s.Results, "no head of the vault is left: what is newest is newest by its version, and nothing proves that it was the last")
	case r.Gaps > 0:
		fmt.Fprintf(s.Results, "the newest head is that of commit %d; %s of its index went missing, and %s in it that nothing else tells of\n",
			r.Head.Commit, frame.Count(r.Gaps, "part"), frame.Count(r.Unknown, "name"))
	default:
		fmt.Fprintf(s.Results, "the newest head is that of commit %d, and its index is whole\n", r.Head.Commit)
	}
}
