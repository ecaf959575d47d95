package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// The forms that cross the socket. Members have the names that the command
// line's --json gives them; a time is RFC 3339 in UTC, left out where unknown.

// Info is what is known of a secret without its value.
type Info struct {
	Name    string            `json:"name,omitempty"`
	Version uint64            `json:"version"`
	Oldest  uint64            `json:"oldest"`
	Kind    string            `json:"kind"`
	Size    int64             `json:"size"`
	Updated time.Time         `json:"updated,omitzero"`
	Deleted bool              `json:"deleted,omitempty"`
	Expires time.Time         `json:"expires,omitzero"`
	Labels  map[string]string `json:"labels,omitempty"`
	Attrs   map[string]string `json:"attrs,omitempty"`

	Unchanged bool `json:"unchanged,omitempty"`
}

// InfoOf is the form of an info.
func InfoOf(i vault.Info) Info {
	return Info{i.Name, i.Version, i.Oldest, i.Kind, i.Size, i.Updated, i.Deleted, i.Expires, i.Labels, i.Attrs, i.Unchanged}
}

// Vault gives the info back to the caller.
func (w Info) Vault() vault.Info {
	return vault.Info{
		Name: w.Name, Version: w.Version, Oldest: w.Oldest, Kind: w.Kind,
		Size: w.Size, Updated: w.Updated, Deleted: w.Deleted, Expires: w.Expires, Labels: w.Labels, Attrs: w.Attrs,
		Unchanged: w.Unchanged,
	}
}

// InfosOf is the form of a list of them.
func InfosOf(infos []vault.Info) []Info {
	list := make([]Info, len(infos))
	for i, info := range infos {
		list[i] = InfoOf(info)
	}
	return list
}

// VaultInfos gives a list back to the caller.
func VaultInfos(list []Info) []vault.Info {
	if list == nil {
		return nil
	}
	infos := make([]vault.Info, len(list))
	for i, w := range list {
		infos[i] = w.Vault()
	}
	return infos
}

// Secret is a secret with its value, as a client reads it.
type Secret struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
	Info
}

// Vault is the secret that an agent has sent; ErrForm where it is none.
func (w Secret) Vault() (vault.Secret, error) {
	value, err := ValueOf(w.Value, w.Kind)
	clear(w.Value)
	if err != nil {
		return vault.Secret{}, ErrForm
	}
	w.Name = w.Key
	return vault.Secret{Info: w.Info.Vault(), Value: value}, nil
}

// SecretBytes is a secret as [Secret] has it, in a buffer with room for more.
// It is never moved to a larger one: a copy of the value would stay behind.
func SecretBytes(s vault.Secret) []byte {
	const mostEscape = 6 // bytes that JSON makes of one
	value := s.Value.JSONValue()
	defer clear(value)
	n := 0
	for _, m := range []map[string]string{s.Labels, s.Attrs} {
		for key, value := range m {
			n += len(key) + len(value) + 2
		}
	}
	return appendSecret(make([]byte, 0, 512+len(value)+mostEscape*n), s, value)
}

// appendSecret writes what secretBytes is. It does not go through encoding/json,
// which would leave copies of the value behind.
func appendSecret(b []byte, s vault.Secret, value []byte) []byte {
	b = append(b, `{"key":"`...)
	b = append(b, s.Name...) // its alphabet needs no escaping
	b = append(b, `","value":`...)
	b = append(b, value...)
	b = append(b, `,"kind":"`...)
	b = append(b, s.Kind...)
	b = append(b, `","version":`...)
	b = strconv.AppendUint(b, s.Version, 10)
	b = append(b, `,"oldest":`...)
	b = strconv.AppendUint(b, s.Oldest, 10)
	b = append(b, `,"size":`...)
	b = strconv.AppendInt(b, s.Size, 10)
	b = append(b, `,"updated":"`...)
	b = s.Updated.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, '"')
	if !s.Expires.IsZero() {
		b = append(b, `,"expires":"`...)
		b = s.Expires.UTC().AppendFormat(b, time.RFC3339)
		b = append(b, '"')
	}
	b = appendMap(b, "labels", s.Labels)
	return append(appendMap(b, "attrs", s.Attrs), '}')
}

// appendMap writes a member that is left out where it is empty.
func appendMap(b []byte, name string, m map[string]string) []byte {
	if len(m) == 0 {
		return b
	}
	text, _ := json.Marshal(m) // strings: cannot fail
	return append(append(b, `,"`+name+`":`...), text...)
}

// ValueOf makes a value of the form that it has in JSON: a string for text,
// {"$base64":"…"} for bytes, itself for JSON.
func ValueOf(raw []byte, kind string) (vault.Value, error) {
	v, err := vault.FromJSON(raw, kind == crypto.Bytes.String())
	if err != nil {
		return vault.Value{}, err
	}
	if kind == crypto.JSON.String() {
		v.Wipe()
		return vault.JSON(raw)
	}
	if v.Kind().String() != kind {
		v.Wipe()
		return vault.Value{}, fmt.Errorf(`%w: text is a JSON string, bytes are {"$base64":"…"}, and kind is text, json or bytes`, crypto.ErrMalformed)
	}
	return v, nil
}

// LooksLikeBytes tells whether a value without a kind may stand for bytes.
func LooksLikeBytes(raw []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) && bytes.Contains(raw, []byte(`"$base64"`))
}

// Policy is the form of a policy.
type Policy struct {
	MaxValue int `json:"max_value"`
	History  int `json:"history"`
}

// Slot is the form of a key slot.
type Slot struct {
	ID        uint32    `json:"id"`
	Label     string    `json:"label"`
	Kind      string    `json:"kind"`
	Created   time.Time `json:"created,omitzero"`
	Recipient string    `json:"recipient,omitempty"`
	Used      time.Time `json:"used,omitzero"`
	Drilled   time.Time `json:"drilled,omitzero"`

	WorkFactor int `json:"work_factor,omitempty"`
}

// SlotsOf is the form of a slot table.
func SlotsOf(slots []vault.SlotInfo) []Slot {
	list := make([]Slot, len(slots))
	for i, s := range slots {
		list[i] = Slot(s)
	}
	return list
}

// VaultSlots gives a slot table back to the caller.
func VaultSlots(list []Slot) []vault.SlotInfo {
	slots := make([]vault.SlotInfo, len(list))
	for i, w := range list {
		slots[i] = vault.SlotInfo(w)
	}
	return slots
}

// Vault is the form of a vault's status.
type Vault struct {
	Path     string    `json:"path"`
	ID       string    `json:"id"`
	Pin      string    `json:"pin"`
	Suite    string    `json:"suite"`
	Format   uint64    `json:"format"`
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"changed"`
	Commits  uint64    `json:"commits"`
	Secrets  int       `json:"secrets"`
	Deleted  int       `json:"deleted"`
	Records  int       `json:"records"`
	Policy   Policy    `json:"policy"`
	Slots    []Slot    `json:"slots"`
	Unlocked bool      `json:"unlocked"`
	Writable bool      `json:"writable"`

	Newer *vault.Sighting `json:"newer,omitempty"`
}

// VaultOf is the form of a vault's status.
func VaultOf(st vault.Status) Vault {
	return Vault{
		Path: st.Path, ID: st.ID, Pin: st.Pin, Suite: st.Suite, Format: st.Format,
		Created: st.Created, Changed: st.Changed, Commits: st.Seq, Secrets: st.Names, Deleted: st.Gone,
		Records: st.Records, Policy: Policy(st.Policy), Slots: SlotsOf(st.Slots),
		Unlocked: st.Unlocked, Writable: st.Writable, Newer: st.Newer,
	}
}

func (w Vault) status() vault.Status {
	return vault.Status{
		Path: w.Path, ID: w.ID, Pin: w.Pin, Suite: w.Suite, Format: w.Format,
		Created: w.Created, Changed: w.Changed, Seq: w.Commits, Names: w.Secrets, Gone: w.Deleted,
		Records: w.Records, Policy: vault.Policy(w.Policy), Slots: VaultSlots(w.Slots),
		Unlocked: w.Unlocked, Writable: w.Writable, Newer: w.Newer,
	}
}

// StatusForm is the form of a [Status].
type StatusForm struct {
	PID         int       `json:"pid"`
	Started     time.Time `json:"started"`
	Expires     time.Time `json:"expires,omitzero"`
	IdleSeconds int64     `json:"idle_seconds,omitempty"`
	Vault       Vault     `json:"vault"`
	Grant       Grant     `json:"grant"`
	State       string    `json:"state"`
	SomeOnly    bool      `json:"allow_exec,omitempty"`
}

// Status is what an agent tells of itself.
type Status struct {
	PID     int
	Started time.Time
	Expires time.Time     // zero: it has no time limit
	Idle    time.Duration // it ends when it was not used for so long; 0: never
	Vault   vault.Status  // without slots where the socket was opened for less
	Grant   Grant         // what this socket was opened for
	State   string        // the folder of the machine's memory that it was started with

	SomePrograms bool // it lets in only some programs; see Client.Stay
}

// Status gives the status back to the caller.
func (w StatusForm) Status() Status {
	return Status{
		PID: w.PID, Started: w.Started, Expires: w.Expires, Idle: time.Duration(w.IdleSeconds) * time.Second,
		Vault: w.Vault.status(), Grant: w.Grant, State: w.State, SomePrograms: w.SomeOnly,
	}
}

// List is a list of secrets, or of the versions of one.
type List struct {
	Secrets  []Info `json:"secrets"`
	Versions []Info `json:"versions"`
}

// ErrForm is the error of a line that is none of this API.
var ErrForm error = &vault.SecretError{
	Code: vault.Internal, Op: "agent", Message: "the agent's answer is not what this version of tacit knows",
}
