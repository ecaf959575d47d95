package crypto

import (
	"crypto/ed25519"
	"os"
	"testing"
	"time"

	"filippo.io/age"
)

// The identities of all vectors. They guard nothing.
const (
	vectorX25519      = "AGE-SECRET-KEY-1X2KVFL5X2P8852WVFYSNKVKZYY56P9FJY0KJ2PJ9WXGH2SZPMA4S3G6KAU"
	vectorHybrid      = "AGE-SECRET-KEY-PQ-1PEA7WJ38R08MCC6EKDNQUF4T2KXYEX2TJ43GWQ7Z655ML2VAXTWSJPNT5F"
	vectorOtherX25519 = "AGE-SECRET-KEY-1DQ5NAUALUK9J2EQJNMPUXQR0PDC8LRT2ANPA9AR23WSW6YN9QW8SC33QLZ"
	vectorOtherHybrid = "AGE-SECRET-KEY-PQ-12M2YYFLJ0YX53CJP5GKAQTSMX6WNCEK0VXE5H0AP4RASNVMHE4QSKN70YK"
)

var (
	vectorVault      = ID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	vectorOtherVault = ID{15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
)

// vectorKeys are the keys of a vector identity in a vector vault.
func vectorKeys(t testing.TB, identity string, id ID) *Keys {
	t.Helper()
	i, err := ParseIdentity(identity)
	if err != nil {
		t.Fatal(err)
	}
	k, err := i.Unlock(id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func vectorKeysOf(t testing.TB, suite Suite) *Keys {
	t.Helper()
	if suite == Hybrid {
		return vectorKeys(t, vectorHybrid, vectorVault)
	}
	return vectorKeys(t, vectorX25519, vectorVault)
}

type encodeVector struct {
	Label   string     `json:"label"`
	Fields  []hexBytes `json:"fields"`
	Encoded hexBytes   `json:"encoded"`
	Hash    hexBytes   `json:"hash"`
}

func TestEncodeVectors(t *testing.T) {
	var made []encodeVector
	for _, v := range []encodeVector{
		{Label: "tacit/1/digest", Fields: []hexBytes{}},
		{Label: "tacit/1/digest", Fields: []hexBytes{{}}},
		{Label: "tacit/1/digest", Fields: []hexBytes{[]byte("ab"), []byte("c")}},
		{Label: "tacit/1/digest", Fields: []hexBytes{[]byte("a"), []byte("bc")}},
		{Label: "tacit/1/features", Fields: []hexBytes{Number(1), Number(9_999_999_999)}},
	} {
		fields := make([][]byte, len(v.Fields))
		for i, f := range v.Fields {
			fields[i] = f
		}
		v.Encoded = Encode(v.Label, fields...)
		sum := Sum(v.Encoded)
		v.Hash = sum[:]
		if Hash(v.Label, fields...) != sum {
			t.Error("hash is not the SHA-256 of encode")
		}
		made = append(made, v)
	}
	compareVectors(t, "encode.json", made)
}

type keyVector struct {
	Suite    Suite    `json:"suite"`
	Identity string   `json:"identity"`
	Vault    string   `json:"vault"`
	Bind     hexBytes `json:"bind"`
	Head     hexBytes `json:"head"`
	Sign     hexBytes `json:"sign"`
	Backup   hexBytes `json:"backup"`
	Pin      string   `json:"pin"`
}

func TestKeyVectors(t *testing.T) {
	var made []keyVector
	for _, identity := range []string{vectorX25519, vectorHybrid} {
		for _, id := range []ID{vectorVault, vectorOtherVault} {
			k := vectorKeys(t, identity, id)
			backup, err := k.BackupKey()
			if err != nil {
				t.Fatal(err)
			}
			for use, key := range map[string][]byte{"bind": k.bind[:], "head": k.head[:], "sign": k.seed[:], "backup": backup} {
				if want := derived(t, []byte(identity), id[:], "tacit/1/"+string(k.suite)+"/"+use); string(key) != string(want) {
					t.Errorf("%s: %s is not derived as the format says", k.suite, use)
				}
			}
			if pin := k.Pin(); string(pin[:]) != string(ed25519.NewKeyFromSeed(k.seed[:]).Public().(ed25519.PublicKey)) {
				t.Error("the pin is not the public half of K_sign")
			}
			made = append(made, keyVector{
				k.suite, identity, id.String(),
				k.bind[:], k.head[:], k.seed[:], backup, k.Pin().String(),
			})
		}
	}
	compareVectors(t, "keys.json", made)
}

// hybridVector is a stanza sealed to vectorHybrid. How ML-KEM draws randomness
// is for no caller to fix, so that this one is kept, not made.
type hybridVector struct {
	FileKey hexBytes `json:"fileKey"`
	Arg     string   `json:"arg"`
	Body    hexBytes `json:"body"`
}

func (v hybridVector) stanza() *age.Stanza {
	return &age.Stanza{Type: typeHybrid, Args: []string{v.Arg}, Body: v.Body}
}

func readHybridVector(t testing.TB) (v hybridVector) {
	t.Helper()
	if _, err := os.Stat(vectorPath("hybrid.json")); os.IsNotExist(err) && *update {
		return hybridVector{}
	}
	readVectors(t, "hybrid.json", &v)
	return v
}

func TestHybridVector(t *testing.T) {
	k := vectorKeysOf(t, Hybrid)
	v := readHybridVector(t)
	if v.Arg == "" { // only ever under -update, without the file
		fileKey := fixed("file key", "hybrid", fileKeySize)
		s, err := k.recipient.Wrap(fileKey)
		if err != nil {
			t.Fatal(err)
		}
		v = hybridVector{fileKey, s[0].Args[0], s[0].Body}
	}
	fileKey, err := k.unwrap(v.stanza())
	if err != nil || string(fileKey) != string(v.FileKey) {
		t.Errorf("the stanza does not open: %v", err)
	}
	compareVectors(t, "hybrid.json", v)
}

type vaultFileVector struct {
	Text  string           `json:"text"`
	Vault *vaultFileParsed `json:"vault,omitempty"`
	Error string           `json:"error,omitempty"`
}

type vaultFileParsed struct {
	ID           string   `json:"id"`
	Created      int64    `json:"created"`
	Incompatible []string `json:"incompatible,omitempty"`
	Compatible   []string `json:"compatible,omitempty"`
	SHA256       hexBytes `json:"sha256"`
}

func TestVaultFileVectors(t *testing.T) {
	plain := VaultFile{ID: vectorVault, Created: time.Unix(1767225600, 0)}
	features := plain
	features.Incompatible, features.Compatible = []string{"b", "a", "a"}, []string{"x-1"}
	var made []vaultFileVector
	for _, v := range []VaultFile{plain, features} {
		sum := Sum(v.Marshal())
		made = append(made, vaultFileVector{Text: string(v.Marshal()), Vault: &vaultFileParsed{
			v.ID.String(), v.Created.Unix(), sorted(v.Incompatible), sorted(v.Compatible), sum[:],
		}})
	}
	for _, bad := range badVaultFiles(string(plain.Marshal()), string(features.Marshal())) {
		made = append(made, vaultFileVector{Text: bad.text, Error: bad.want})
	}
	compareVectors(t, "vaultfile.json", made)

	var kept []vaultFileVector
	readVectors(t, "vaultfile.json", &kept)
	for _, v := range kept {
		got, err := ParseVaultFile([]byte(v.Text))
		if errorName(err) != v.Error {
			t.Errorf("%q: %v, must be %q", v.Text, err, v.Error)
		}
		if v.Vault == nil {
			continue
		}
		if got.ID.String() != v.Vault.ID || got.Created.Unix() != v.Vault.Created ||
			len(got.Incompatible) != len(v.Vault.Incompatible) || len(got.Compatible) != len(v.Vault.Compatible) {
			t.Errorf("%q: %+v", v.Text, got)
		}
	}
}
