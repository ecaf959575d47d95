package transport

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The keys. Ids are lower-case hex digits, numbers are ten decimal digits:
//
//	w/<group>/<member>/<seq>        changes of a writer or owner, put once
//	c/<group>/<owner>/<n>/<part>    a part of a checkpoint, put once
//	c/<group>/<owner>/<n>/members   the member list beside it, put once; further parts
//	                                of it are members-2, members-3, …
//	b/<group>/<owner>               the beat, replaced
//	h/<group>/<member>              the hint of a member, replaced
//	k/<group>/<member>/<owner>      the newest welcome of a member, replaced
//	g/<group>                       the inbox's recipient, replaced
//	j/<group>/<invite>/<member>     a request to join, put once
//	r/<group>/<member>              the receipt of a member, replaced
//
// Letters are lower-case and names are short, so that a path made of a key is one that
// git, Windows and file systems without case accept.

// Kind is the first letter of a key.
type Kind byte

// The kinds.
const (
	Changes    Kind = 'w'
	Checkpoint Kind = 'c'
	Beat       Kind = 'b'
	Hint       Kind = 'h'
	Welcome    Kind = 'k'
	Inbox      Kind = 'g'
	Join       Kind = 'j'
	Receipt    Kind = 'r'
)

// Once tells whether keys of the kind are put once and never replaced.
func (k Kind) Once() bool { return k == Changes || k == Checkpoint || k == Join }

const (
	groupDigits  = 32
	memberDigits = 16
	numberDigits = 10
	// MaxNumber is the highest number in a key.
	MaxNumber = 9_999_999_999
	// maxKey is the length of the longest key: that of a part of a member list.
	maxKey = 2 + groupDigits + 1 + memberDigits + 1 + numberDigits + 1 + len(memberList) + 1 + numberDigits
	// memberList is what stands in the place of a part.
	memberList = "members"
)

// ChangesKey is the key of a bundle in a member's feed. Numbers begin with 1.
func ChangesKey(group [16]byte, member [8]byte, seq uint64) string {
	return join(Changes, group, hex8(member), number(seq))
}

// PartKey is the key of a part of the owner's checkpoint n. Parts begin with 1.
func PartKey(group [16]byte, owner [8]byte, n, part uint64) string {
	return join(Checkpoint, group, hex8(owner), number(n), number(part))
}

// MembersKey is the key of a part of the member list beside the owner's checkpoint n.
// Parts begin with 1.
func MembersKey(group [16]byte, owner [8]byte, n, part uint64) string {
	last := memberList
	if part != 1 {
		last += "-" + strconv.FormatUint(part, 10)
	}
	return join(Checkpoint, group, hex8(owner), number(n), last)
}

// BeatKey is the key of the owner's beat.
func BeatKey(group [16]byte, owner [8]byte) string { return join(Beat, group, hex8(owner)) }

// HintKey is the key of a member's hint.
func HintKey(group [16]byte, member [8]byte) string { return join(Hint, group, hex8(member)) }

// WelcomeKey is the key of a member's newest welcome from an owner.
func WelcomeKey(group [16]byte, member, owner [8]byte) string {
	return join(Welcome, group, hex8(member), hex8(owner))
}

// InboxKey is the key of the recipient that requests and receipts are sealed to.
func InboxKey(group [16]byte) string { return join(Inbox, group) }

// JoinKey is the key of a request to join by an invite.
func JoinKey(group [16]byte, invite, member [8]byte) string {
	return join(Join, group, hex8(invite), hex8(member))
}

// RequestPrefix is what the keys of requests by an invite begin with.
func RequestPrefix(group [16]byte, invite [8]byte) string {
	return join(Join, group, hex8(invite)) + "/"
}

// ReceiptKey is the key of a member's receipt.
func ReceiptKey(group [16]byte, member [8]byte) string { return join(Receipt, group, hex8(member)) }

// Prefix is what the keys of a kind in a group begin with. It is not for the kind
// Inbox, which has one key in a group.
func Prefix(k Kind, group [16]byte) string { return join(k, group) + "/" }

// FeedPrefix is what the keys of a member's feed begin with.
func FeedPrefix(group [16]byte, member [8]byte) string {
	return join(Changes, group, hex8(member)) + "/"
}

// CheckpointPrefix is what the keys of the owner's checkpoint n begin with.
func CheckpointPrefix(group [16]byte, owner [8]byte, n uint64) string {
	return join(Checkpoint, group, hex8(owner), number(n)) + "/"
}

// WelcomePrefix is what the keys of a member's welcomes begin with.
func WelcomePrefix(group [16]byte, member [8]byte) string {
	return join(Welcome, group, hex8(member)) + "/"
}

func join(k Kind, group [16]byte, more ...string) string {
	return strings.Join(slices.Concat([]string{string(rune(k)), fmt.Sprintf("%x", group)}, more), "/")
}

func hex8(id [8]byte) string { return fmt.Sprintf("%x", id) }

func number(n uint64) string { return fmt.Sprintf("%0*d", numberDigits, n) }

// Key is a key taken apart. Which fields count depends on the kind.
type Key struct {
	Kind    Kind
	Group   [16]byte
	Member  [8]byte // the author; of a welcome, the member it is for
	Owner   [8]byte // of a welcome, its author
	Invite  [8]byte // of a request
	Number  uint64  // of changes, the seq; of a checkpoint, n
	Part    uint64  // of a checkpoint, or of the member list
	Members bool    // the member list beside a checkpoint
}

// Parse takes only what the functions above give, with numbers up to MaxNumber. The
// error wraps ErrKey.
func Parse(key string) (Key, error) {
	if k, ok := parse(key); ok {
		return k, nil
	}
	return Key{}, fmt.Errorf("%w: %.80q", ErrKey, key)
}

// CheckKey returns an error wrapping ErrKey for what is no key.
func CheckKey(key string) error {
	_, err := Parse(key)
	return err
}

// Under tells whether a key is one that a prefix stands for.
func Under(key, prefix string) bool {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(key, prefix)
	}
	return key == prefix
}

// CheckPrefix returns an error wrapping ErrKey for what no key begins with. A prefix is
// empty, or a key, which stands for itself alone, or what stands before one of its
// slashes, with the slash.
func CheckPrefix(prefix string) error {
	if prefix == "" || CheckKey(prefix) == nil {
		return nil
	}
	s := fields{rest: prefix}
	if cut, ok := strings.CutSuffix(prefix, "/"); ok && len(prefix) <= maxKey {
		s.rest = cut
		if whole := s.key(); whole == (Key{}) && s.short {
			return nil
		}
	}
	return fmt.Errorf("%w: prefix %.80q", ErrKey, prefix)
}

func parse(key string) (Key, bool) {
	if len(key) > maxKey {
		return Key{}, false
	}
	s := fields{rest: key}
	k := s.key()
	return k, k != Key{}
}

// fields reads a key from the left.
type fields struct {
	rest  string
	bad   bool // a field is not of its form
	short bool // the fields that are there are right, and more have to follow
}

// key is the zero Key where it is bad, or short, or where something follows.
func (s *fields) key() Key {
	var k Key
	if kind := s.next(); len(kind) == 1 {
		k.Kind = Kind(kind[0])
	}
	if !strings.ContainsRune("wcbhkgjr", rune(k.Kind)) {
		s.short = false
		return Key{}
	}
	s.hex(k.Group[:])
	switch k.Kind {
	case Changes:
		s.hex(k.Member[:])
		k.Number = s.number(1)
	case Checkpoint:
		s.hex(k.Member[:])
		k.Number = s.number(1)
		k.Part, k.Members = s.part()
	case Beat, Hint, Receipt:
		s.hex(k.Member[:])
	case Welcome:
		s.hex(k.Member[:])
		s.hex(k.Owner[:])
	case Join:
		s.hex(k.Invite[:])
		s.hex(k.Member[:])
	case Inbox:
	}
	if s.bad || s.short || s.rest != "" {
		s.short = s.short && !s.bad
		return Key{}
	}
	return k
}

// next is the next field, "" where there is none.
func (s *fields) next() (field string) {
	if s.rest == "" {
		s.short = true
		return ""
	}
	field, rest, more := strings.Cut(s.rest, "/")
	s.bad = s.bad || field == "" || more && rest == ""
	s.rest = rest
	return field
}

// hex reads as many bytes as there is room for.
func (s *fields) hex(into []byte) {
	field := s.next()
	if s.short {
		return
	}
	if len(field) != 2*len(into) {
		s.bad = true
		return
	}
	for i := range into {
		high, low := hexDigit(field[2*i]), hexDigit(field[2*i+1])
		s.bad = s.bad || high > 15 || low > 15
		into[i] = high<<4 | low
	}
}

// hexDigit is over 15 for what is none.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

func (s *fields) number(least uint64) uint64 {
	field := s.next()
	if s.short {
		return 0
	}
	n, err := strconv.ParseUint(field, 10, 64)
	if err != nil || len(field) != numberDigits || n < least || number(n) != field {
		s.bad = true
	}
	return n
}

// part is a part of a checkpoint, or of its member list.
func (s *fields) part() (part uint64, members bool) {
	text, members := strings.CutPrefix(s.rest, memberList)
	switch {
	case !members:
		return s.number(1), false
	case text == "":
		part = 1
	default:
		var err error
		part, err = strconv.ParseUint(strings.TrimPrefix(text, "-"), 10, 64)
		s.bad = s.bad || err != nil || part < 2 || part > MaxNumber || text != "-"+strconv.FormatUint(part, 10)
	}
	s.rest = ""
	return part, true
}
