package group

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// The records that a vault keeps of a group, all under .g-<group>. There is a fixed
// number of names, because a name never leaves a vault's index.
//
//	.g-<group>           the state
//	.g-<group>-r-<hh>    rows, by the first byte of the name's SHA-256
//	.g-<group>-l-<hh>    values that lost, by the same
//	.g-<group>-f-<hh>    the ring: own bundles that some place lacks
//	.g-<group>-m         the owner's list of members

// stateName is the name of a group's state.
func stateName(id bundle.GroupID) string { return vault.GroupPrefix + id.String() }

// A state is what a vault knows of its membership in one group.
type state struct {
	candidacy

	Group    bundle.GroupID    `json:"group"`
	Self     bundle.MemberID   `json:"self"`
	Label    string            `json:"label"`           // this member's
	Seed     []byte            `json:"seed"`            // of its signing key
	Identity string            `json:"identity"`        // its own age identity, which welcomes are sealed to
	Role     bundle.Role       `json:"role"`            // by its newest welcome; 0 until the first
	Charters [][]byte          `json:"charters"`        // those that changed the owner, and the newest, which is the last
	Epochs   map[uint64]string `json:"epochs"`          // the identity of each epoch that this member was given
	Inbox    string            `json:"inbox,omitempty"` // identity; for roles that hold it

	Prefix string   `json:"prefix,omitempty"` // in this vault, before the group's names
	Places []string `json:"places,omitempty"` // addresses

	Seen   []dot             `json:"seen"`             // what is applied
	Last   dot               `json:"last"`             // this member's newest change
	Scope  []string          `json:"scope,omitempty"`  // the patterns by which names were last told apart
	Queue  []queued          `json:"queue,omitempty"`  // what the ring holds, oldest first
	Freed  []int             `json:"freed,omitempty"`  // slots of the ring whose bundles are still to be deleted
	Pushed map[string]pushed `json:"pushed,omitempty"` // by address

	Covered uint64                     `json:"covered"`        // own changes that a checkpoint covers
	Keys    map[bundle.MemberID]string `json:"keys,omitempty"` // of all who ever signed in a charter that was held, in hexadecimal

	Replica string `json:"replica"`         // this vault's own, when something was last cut
	Commit  uint64 `json:"commit"`          // of the vault, which left nothing to cut; 0: not known
	Leapt   uint64 `json:"leapt,omitempty"` // see vault.MergeView.Leapt
	alarmed bool   // Careful is news, and has to be kept
	Careful bool   `json:"careful"` // restored or copied: nothing is cut until the own feed was pulled

	Checkpoint uint64 `json:"checkpoint"`     // number of the newest that was made or taken
	Weight     int    `json:"weight"`         // bytes of that
	Base       uint64 `json:"base,omitempty"` // number of the newest that was put somewhere: each place has to have it, or one after it
	Since      int    `json:"since"`          // bytes of changes applied since
	Due        bool   `json:"due"`            // the owner owes a checkpoint: a new epoch, a purge

	Beat   uint64 `json:"beat"`             // number of the newest
	AsOf   int64  `json:"asof,omitempty"`   // its time
	Beaten []dot  `json:"beaten,omitempty"` // what it covers
	Synced int64  `json:"synced,omitempty"` // by this machine's clock
}

// dot is a bundle.Dot as the state has it.
type dot struct {
	Member bundle.MemberID `json:"member"`
	Seq    uint64          `json:"seq"`
	Digest []byte          `json:"digest"`
}

// queued is a bundle in the ring.
type queued struct {
	Seq  uint64 `json:"seq"`
	Slot int    `json:"slot"`
	Size int    `json:"size,omitempty"` // bytes
}

// pushed is what a place has of this member.
type pushed struct {
	Seq        uint64 `json:"seq"`                  // its newest change
	Deleted    uint64 `json:"deleted,omitempty"`    // up to here they were deleted again
	Checkpoint uint64 `json:"checkpoint,omitempty"` // the owner's newest that was put there
	Beat       uint64 `json:"beat,omitempty"`       // the owner's newest that was put there
}

func toDots(seen []bundle.Dot) []dot {
	list := make([]dot, 0, len(seen))
	for _, d := range seen {
		list = append(list, dot{d.Member, d.Seq, slices.Clone(d.Digest[:])})
	}
	return list
}

func fromDots(list []dot) (seen bundle.Seen) {
	for _, d := range list {
		seen = append(seen, d.bundle())
	}
	return seen
}

func (d dot) bundle() bundle.Dot {
	b := bundle.Dot{Member: d.Member, Seq: d.Seq}
	copy(b.Digest[:], d.Digest)
	return b
}

// newest is the newest charter, nil for who waits for its first welcome.
func (st *state) newest() (*bundle.Charter, error) {
	if len(st.Charters) == 0 {
		return nil, nil
	}
	return bundle.ParseCharter(st.Charters[len(st.Charters)-1])
}

// encode is the state as its record has it.
func (st *state) encode() (vault.Value, error) {
	b, err := json.Marshal(st)
	if err != nil {
		return vault.Value{}, err
	}
	defer clear(b)
	return vault.JSON(b)
}

// parseState reads a state.
func parseState(name string, v vault.Value) (*state, error) {
	st := &state{}
	if err := json.Unmarshal(v.Reveal(), st); err != nil || stateName(st.Group) != name {
		return nil, &vault.SecretError{Code: vault.Corrupt, Message: "the group's own record " + name + " is malformed"}
	}
	return st, nil
}

// loadState reads the state of a group in the view of a merge.
func loadState(w *vault.MergeView, id bundle.GroupID) (*state, error) {
	v, ok, err := w.Own(stateName(id))
	if err != nil {
		return nil, err
	}
	defer v.Wipe()
	if !ok {
		return nil, notMember(id)
	}
	st, err := parseState(stateName(id), v)
	if err == nil {
		err = st.watch(w)
	}
	return st, err
}

// watch notices that the vault is a copy, or was put back to an older state: then what
// this member has written and decided since is not known here. Until it is, nothing is
// cut, and nobody is admitted or removed.
func (st *state) watch(w *vault.MergeView) error {
	leapt, err := w.Leapt()
	if err != nil {
		return err
	}
	if w.Replica() == (crypto.Replica{}) {
		return nil // the vault is looked at without this machine's memory
	}
	replica := w.Replica().String()
	if st.Replica != "" && st.Replica != replica || leapt > st.Leapt {
		st.Careful = true
		st.alarmed = true
	}
	st.Replica, st.Leapt = replica, leapt
	return nil
}

// readState reads the state of a group.
func readState(ctx context.Context, v *vault.Vault, id bundle.GroupID) (*state, error) {
	value, ok, err := vault.GroupRecord(ctx, v, stateName(id))
	if err != nil {
		return nil, err
	}
	defer value.Wipe()
	if !ok {
		return nil, notMember(id)
	}
	return parseState(stateName(id), value)
}

// stateIDs are the groups that have a state in the vault.
func stateIDs(ctx context.Context, v *vault.Vault) (ids []bundle.GroupID, err error) {
	names, err := vault.GroupRecords(ctx, v)
	for _, name := range names {
		if id, err := bundle.ParseGroupID(strings.TrimPrefix(name, vault.GroupPrefix)); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// asOf is the time in the beat of the highest number that was seen. No other signed
// time counts: a clock that is wrong for a day would make all that follows look fresh.
func (st *state) asOf() time.Time {
	if st.AsOf == 0 {
		return time.Time{}
	}
	return time.Unix(st.AsOf, 0).UTC()
}

func notMember(id bundle.GroupID) error {
	return &vault.SecretError{Code: vault.NotMember, Op: "group", Message: fmt.Sprintf("this vault is no member of a group %s", id)}
}

// rememberKeys keeps the keys of those who sign: a former member's last bundles are
// checked against them.
func (st *state) rememberKeys(c *bundle.Charter) {
	if st.Keys == nil {
		st.Keys = map[bundle.MemberID]string{}
	}
	for _, m := range c.Signers() {
		st.Keys[m.ID] = m.Key.String()
	}
}

// keyOf is the key of a member that signs, or signed once.
func (st *state) keyOf(id bundle.MemberID) (key bundle.PublicKey, ok bool) {
	b, err := hex.DecodeString(st.Keys[id])
	return key, err == nil && copy(key[:], b) == len(key)
}

// signingKey is what this member signs with.
func (st *state) signingKey() (*bundle.SigningKey, error) { return bundle.ParseSigningKey(st.Seed) }

// member is this member as others know it.
func (st *state) member() (bundle.Member, error) {
	return memberOf(st.Self, st.Label, st.Seed, st.Identity)
}

// openInbox opens requests, receipts and lists of members. The error is Denied where
// this member does not hold the inbox's identity.
func (st *state) openInbox(op string) (*crypto.Opener, error) {
	if st.Inbox == "" {
		return nil, &vault.SecretError{Code: vault.Denied, Op: op, Message: "only the group’s owner can do that"}
	}
	o, err := openerOf(st.Inbox)
	if err != nil {
		return nil, corrupted(op, stateName(st.Group))
	}
	return o, nil
}

// inboxRecipient is what requests, receipts and lists of members are sealed to.
func (st *state) inboxRecipient() (string, error) {
	i, err := crypto.ParseIdentity(st.Inbox)
	if err != nil {
		return "", corrupted("sync", stateName(st.Group))
	}
	defer i.Wipe()
	return i.Recipient()
}

// openerOf opens what is sealed to an identity.
func openerOf(identity string) (*crypto.Opener, error) {
	i, err := crypto.ParseIdentity(identity)
	if err != nil {
		return nil, err
	}
	defer i.Wipe()
	return i.Opener()
}

// opener opens bodies that are sealed to an epoch that this member was given; nil where
// it was not.
func (st *state) opener(epoch uint64) (*crypto.Opener, error) {
	text, ok := st.Epochs[epoch]
	if !ok {
		return nil, nil
	}
	id, err := crypto.ParseIdentity(text)
	if err != nil {
		return nil, err
	}
	defer id.Wipe()
	return id.Opener()
}

// days30 is after how long without a sync a writer is asked before it cuts.
const days30 = 30 * 24 * time.Hour
