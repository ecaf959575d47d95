package transport

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	group  = [16]byte{0, 1, 2, 0xab, 15: 0xff}
	member = [8]byte{1, 7: 0xfe}
	owner  = [8]byte{2, 7: 0x0d}
)

const (
	groupHex  = "000102ab0000000000000000000000ff"
	memberHex = "01000000000000fe"
	ownerHex  = "020000000000000d"
)

// keys are one of each form, and what it says.
var keys = map[string]Key{
	"w/" + groupHex + "/" + memberHex + "/0000000007":           {Kind: Changes, Group: group, Member: member, Number: 7},
	"c/" + groupHex + "/" + ownerHex + "/0000000012/0000000001": {Kind: Checkpoint, Group: group, Member: owner, Number: 12, Part: 1},
	"c/" + groupHex + "/" + ownerHex + "/0000000012/0000000003": {Kind: Checkpoint, Group: group, Member: owner, Number: 12, Part: 3},
	"c/" + groupHex + "/" + ownerHex + "/9999999999/members":    {Kind: Checkpoint, Group: group, Member: owner, Number: MaxNumber, Part: 1, Members: true},
	"c/" + groupHex + "/" + ownerHex + "/0000000012/members-20": {Kind: Checkpoint, Group: group, Member: owner, Number: 12, Part: 20, Members: true},
	"b/" + groupHex + "/" + ownerHex:                            {Kind: Beat, Group: group, Member: owner},
	"h/" + groupHex + "/" + memberHex:                           {Kind: Hint, Group: group, Member: member},
	"k/" + groupHex + "/" + memberHex + "/" + ownerHex:          {Kind: Welcome, Group: group, Member: member, Owner: owner},
	"g/" + groupHex: {Kind: Inbox, Group: group},
	"j/" + groupHex + "/" + ownerHex + "/" + memberHex: {Kind: Join, Group: group, Invite: owner, Member: member},
	"r/" + groupHex + "/" + memberHex:                  {Kind: Receipt, Group: group, Member: member},
}

func TestKeys(t *testing.T) {
	made := []string{
		ChangesKey(group, member, 7), PartKey(group, owner, 12, 1), PartKey(group, owner, 12, 3),
		MembersKey(group, owner, MaxNumber, 1), MembersKey(group, owner, 12, 20), BeatKey(group, owner), HintKey(group, member),
		WelcomeKey(group, member, owner), InboxKey(group), JoinKey(group, owner, member), ReceiptKey(group, member),
	}
	for _, key := range made {
		if _, ok := keys[key]; !ok {
			t.Errorf("%s is not in the table", key)
		}
	}
	for key, want := range keys {
		if !slices.Contains(made, key) {
			t.Errorf("nothing makes %s", key)
		}
		if k, err := Parse(key); err != nil || k != want {
			t.Errorf("%s: %+v, %v", key, k, err)
		}
		if len(key) > maxKey {
			t.Errorf("%s has %d characters", key, len(key))
		}
	}
}

// docs/format.md has a row for each form of key.
func TestFormatListsTheKeys(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "format.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer(
		groupHex, "<group>", memberHex, "<member>", ownerHex, "<owner>", "0000000007", "<seq>",
		"0000000012", "<n>", "9999999999", "<n>", "0000000001", "<part>", "0000000003", "<part>", "members-20", "members",
	)
	for key, k := range keys {
		form := names.Replace(key)
		if k.Kind == Join {
			form = "j/<group>/<invite>/<member>"
		}
		if !strings.Contains(string(doc), "| `"+form+"`") {
			t.Errorf("docs/format.md has no row for %s", form)
		}
	}
}

// TestNoKeys changes each key a little.
func TestNoKeys(t *testing.T) {
	bad := []string{"", "/", "w", "x/" + groupHex, "w/../" + memberHex + "/0000000001", strings.Repeat("w/", 10_000)}
	for key, k := range keys {
		if !k.Members || k.Part == 1 { // else another digit more or less is another key
			bad = append(bad, key[:len(key)-1], key+"0")
		}
		bad = append(
			bad, key+"/", "/"+key, key+" ", key+".tacit", key+"/x", strings.ToUpper(key), strings.Replace(key, "/", "//", 1),
			strings.Replace(key, "/", `\`, 1), strings.Replace(key, "0", "O", 1), strings.Replace(key, "0", "+", 1), strings.Replace(key, "0", "", 1),
			strings.Replace(key, "0", "0\n", 1), "z"+key[1:], key[1:],
		)
	}
	bad = append(bad, ChangesKey(group, member, 0), ChangesKey(group, member, MaxNumber+1), PartKey(group, member, 0, 1), PartKey(group, member, 1, 0), MembersKey(group, member, 1, 0), MembersKey(group, member, 1, MaxNumber+1), PartKey(group, member, 1, 1)[:64]+"members-1", PartKey(group, member, 1, 1)[:64]+"members-02")
	for _, key := range bad {
		if k, err := Parse(key); !errors.Is(err, ErrKey) || k != (Key{}) {
			t.Errorf("%q is taken for a key: %+v, %v", key, k, err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for key := range keys {
		for cut := range len(key) + 1 {
			prefix := key[:cut]
			right := cut == 0 || cut == len(key) || strings.HasSuffix(prefix, "/") || strings.Contains(prefix, "members") && CheckKey(prefix) == nil
			if err := CheckPrefix(prefix); (err == nil) != right || err != nil && !errors.Is(err, ErrKey) {
				t.Errorf("%q: %v", prefix, err)
			}
		}
	}
	made := []string{Prefix(Hint, group), FeedPrefix(group, member), CheckpointPrefix(group, owner, 12), WelcomePrefix(group, member)}
	for _, prefix := range made {
		if !strings.HasSuffix(prefix, "/") || CheckPrefix(prefix) != nil {
			t.Errorf("%q is made, and no prefix", prefix)
		}
	}
	for _, bad := range []string{"/", "//", "x/", "w//", "w/" + groupHex, "w/" + groupHex[1:] + "/", "g/" + groupHex + "/", "b/" + groupHex + "/" + ownerHex + "/", "w/../"} {
		if CheckPrefix(bad) == nil {
			t.Errorf("%q is taken for a prefix", bad)
		}
	}
}

// FuzzKey reads names that anybody may have made.
func FuzzKey(f *testing.F) {
	for key := range keys {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		k, err := Parse(key)
		if err != nil {
			return
		}
		if CheckPrefix(key) != nil {
			t.Errorf("%q is a key, and no prefix", key)
		}
		var again string
		switch k.Kind {
		case Changes:
			again = ChangesKey(k.Group, k.Member, k.Number)
		case Checkpoint:
			if again = PartKey(k.Group, k.Member, k.Number, k.Part); k.Members {
				again = MembersKey(k.Group, k.Member, k.Number, k.Part)
			}
		case Beat:
			again = BeatKey(k.Group, k.Member)
		case Hint:
			again = HintKey(k.Group, k.Member)
		case Welcome:
			again = WelcomeKey(k.Group, k.Member, k.Owner)
		case Inbox:
			again = InboxKey(k.Group)
		case Join:
			again = JoinKey(k.Group, k.Invite, k.Member)
		case Receipt:
			again = ReceiptKey(k.Group, k.Member)
		}
		if again != key {
			t.Errorf("%q is read as %q", key, again)
		}
	})
}
