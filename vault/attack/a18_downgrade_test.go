package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// downgrades are A18: what the vault says of itself is changed.
var downgrades = attack{"A18", "downgrade format, features or policy", []kind{
	{name: "the format in VAULT", do: func(v *victim) want {
		n := []string{"0", "2", "99", "4294967295"}[v.rng.IntN(4)] // another is newer, and has another exit code
		return v.editVault("tacit-vault 1\n", "tacit-vault "+n+"\n", vault.Newer)
	}},
	{name: "no format in VAULT", do: func(v *victim) want {
		n := []string{"01", "-1", "", "1 "}[v.rng.IntN(4)]
		return v.editVault("tacit-vault 1\n", "tacit-vault "+n+"\n", vault.Corrupt)
	}},
	{name: "an incompatible feature in VAULT", do: func(v *victim) want {
		return v.appendVault("incompatible x\n", vault.Newer)
	}},
	{name: "a compatible feature in VAULT", do: func(v *victim) want {
		return v.appendVault("compatible x\n", vault.HeadForged)
	}},
	{name: "the time in VAULT", do: func(v *victim) want { return v.editVault("created 20", "created 19", vault.HeadForged) }},
	{name: "the policy", do: func(v *victim) want {
		policy := [][]byte{[]byte(fmt.Sprintf("history=%d", 1+v.rng.IntN(9_999))), []byte(fmt.Sprintf("max-value=%d", 1+v.rng.IntN(1<<20)))}
		if v.rng.IntN(3) == 0 {
			policy = policy[:1]
		}
		return v.editBody(15, encoded("tacit/1/policy", policy...))
	}},
	{name: "the format of the head", do: func(v *victim) want {
		w := v.editBody(1, binary.BigEndian.AppendUint64(nil, uint64(v.rng.IntN(2)*2)))
		w.open = codes{vault.Newer}
		return w
	}},
	{name: "the suite", do: func(v *victim) want {
		suite := "hybrid"
		if v.fl.hybrid {
			suite = "x25519"
		}
		return v.editBody(2, []byte(suite))
	}},
	{name: "a feature of the head", do: func(v *victim) want {
		i := 3 + v.rng.IntN(2)
		w := v.editBody(i, encoded("tacit/1/features", []byte("x")))
		if i == 3 {
			w.open = codes{vault.Newer}
		}
		return w
	}},
	{name: "any number of the head", do: func(v *victim) want {
		i := []int{8, 10, 11, 12, 13}[v.rng.IntN(5)]
		_, body := v.bodyOf(v.dump(v.dir))
		n := binary.BigEndian.Uint64(body[i]) + 1
		w := v.editBody(i, binary.BigEndian.AppendUint64(nil, n))
		return w
	}},
	{name: "the MAC of the head", do: func(v *victim) want {
		return v.editHead(func(f [][]byte) [][]byte { f[4][v.rng.IntN(32)] ^= 1 << v.rng.IntN(8); return f }, true)
	}},
	{name: "the signature of the head", do: func(v *victim) want {
		w := v.editHead(func(f [][]byte) [][]byte { f[6][v.rng.IntN(64)] ^= 1 << v.rng.IntN(8); return f }, false)
		w.byMAC = true
		return w
	}},
	{name: "an authenticator is left out", do: func(v *victim) want {
		return v.editHead(func(f [][]byte) [][]byte {
			if v.rng.IntN(2) == 0 {
				return f[:5]
			}
			return append(f[:3], f[5:]...)
		}, false)
	}},
	{name: "the ancestors", do: func(v *victim) want {
		return v.editHead(func(f [][]byte) [][]byte { f[1+v.rng.IntN(2)][20] ^= 1; return f }, false)
	}},
	{name: "the pin", do: func(v *victim) want {
		return v.editBody(6, bytes.Repeat([]byte{byte(v.rng.IntN(256))}, 32))
	}},
	{name: "an older head with its policy", do: func(v *victim) want {
		v.put(dump{"z": v.dump(v.before(true).dir)["z"]})
		return want{open: codes{vault.RolledBack}}
	}},
}}

func (v *victim) editVault(old, new string, due ...vault.Code) want {
	v.t.Helper()
	path := filepath.Join(v.dir, "VAULT")
	b, err := os.ReadFile(path)
	v.must(err)
	if !bytes.Contains(b, []byte(old)) {
		v.t.Fatalf("no %q in VAULT", old)
	}
	v.must(os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(new), 1), 0o600))
	return want{open: due}
}

func (v *victim) appendVault(line string, due ...vault.Code) want {
	v.t.Helper()
	path := filepath.Join(v.dir, "VAULT")
	b, err := os.ReadFile(path)
	v.must(err)
	v.must(os.WriteFile(path, append(b, line...), 0o600))
	return want{open: due}
}

// bodyOf is the head taken apart: its fields, and those of its body.
func (v *victim) bodyOf(d dump) (head, body [][]byte) {
	_, head = decoded(d["z"])
	_, body = decoded(head[0])
	return head, body
}

// editBody changes one field of the head's body, and leaves the authenticators.
func (v *victim) editBody(i int, field []byte) want {
	v.t.Helper()
	head, body := v.bodyOf(v.dump(v.dir))
	body[i] = field
	head[0] = encoded("tacit/1/head", body...)
	v.put(dump{"z": encoded("tacit/1/z", head...)})
	return want{open: codes{vault.HeadForged}}
}

// editHead changes what is around the body. unseen says that who has no key
// cannot see it.
func (v *victim) editHead(change func([][]byte) [][]byte, unseen bool) want {
	v.t.Helper()
	head, _ := v.bodyOf(v.dump(v.dir))
	v.put(dump{"z": encoded("tacit/1/z", change(head)...)})
	return want{open: codes{vault.HeadForged}, opens: unseen}
}
