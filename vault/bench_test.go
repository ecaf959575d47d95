package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/vault"
)

// BenchmarkRead is a read of 100 bytes with its proof, beside age.Decrypt of
// the same bytes through the stock API.
func BenchmarkRead(b *testing.B) {
	value := string(bytes.Repeat([]byte("x"), 100))
	b.Run("age", func(b *testing.B) {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			b.Fatal(err)
		}
		var file bytes.Buffer
		w, err := age.Encrypt(&file, id.Recipient())
		if err != nil {
			b.Fatal(err)
		}
		io.WriteString(w, value)
		w.Close()
		for b.Loop() {
			r, err := age.Decrypt(bytes.NewReader(file.Bytes()), id)
			if err == nil {
				_, err = io.ReadAll(r)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("vault=%d", n), func(b *testing.B) {
			f := newFixture(b)
			f.with(func(v *vault.Vault) {
				if _, err := v.Apply(context.Background(), manyChanges(n, value), nil); err != nil {
					b.Fatal(err)
				}
			})
			v := f.open(readOnly)
			i := 0
			for b.Loop() {
				i = (i + 7919) % n
				if _, err := v.Read(context.Background(), fmt.Sprintf("N%06d", i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSet is one durable write, beside what the disk takes for one fsync
// of a file that grows by 500 bytes.
func BenchmarkSet(b *testing.B) {
	b.Run("fsync", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "file"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		block := make([]byte, 500)
		for b.Loop() {
			if _, err := file.Write(block); err != nil {
				b.Fatal(err)
			}
			if err := file.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("vault=%d", n), func(b *testing.B) {
			f := newFixture(b)
			v := f.open()
			if _, err := v.Apply(context.Background(), manyChanges(n, "x"), nil); err != nil {
				b.Fatal(err)
			}
			i := 0
			for b.Loop() {
				i = (i + 7919) % n
				set(b, v, fmt.Sprintf("N%06d", i), "y")
			}
		})
	}
}

// BenchmarkApply is an import of 10,000 secrets as one batch.
func BenchmarkApply(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		v := newFixture(b).open()
		b.StartTimer()
		if _, err := v.Apply(context.Background(), manyChanges(n, "some value of a secret"), nil); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		v.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "secrets/s")
}

// BenchmarkRotate gives 10,000 secrets a new identity, beside the pure cost of
// opening and sealing as many records on all cores.
func BenchmarkRotate(b *testing.B) {
	const n = 10_000
	b.Run("pure", func(b *testing.B) {
		var keys, fresh *crypto.Keys
		for _, k := range []**crypto.Keys{&keys, &fresh} {
			id, err := crypto.NewIdentity(crypto.X25519)
			if err != nil {
				b.Fatal(err)
			}
			if *k, err = id.Unlock(crypto.NewID()); err != nil {
				b.Fatal(err)
			}
		}
		plain := []byte("some value of a secret")
		h := crypto.Header{Name: "N000000", Version: 1, Seq: 2, Replica: crypto.NewReplica(), Kind: crypto.Text, Size: int64(len(plain))}
		record, err := keys.Seal(h, plain)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			var wg sync.WaitGroup
			for range runtime.GOMAXPROCS(0) {
				wg.Go(func() {
					for range n / runtime.GOMAXPROCS(0) {
						h, plain, err := keys.Open(record)
						if err == nil {
							_, err = fresh.Seal(h, plain)
						}
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
		}
	})
	b.Run("vault", func(b *testing.B) {
		v := newFixture(b).open()
		if _, err := v.Apply(context.Background(), manyChanges(n, "some value of a secret"), nil); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			rotate(b, v, vault.RotateOptions{})
		}
	})
}

// BenchmarkVerify checks 100,000 records without opening them, beside what it
// takes to read them from the store and hash them.
func BenchmarkVerify(b *testing.B) {
	f := newFixture(b)
	f.with(func(v *vault.Vault) {
		if _, err := v.Apply(context.Background(), manyChanges(100_000, "some value of a secret"), nil); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("pure", func(b *testing.B) {
		s, err := badgerstore.Open(context.Background(), f.dir, store.Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		for b.Loop() {
			err := s.View(func(r store.Reader) error {
				for key, err := range r.Keys(nil, nil) {
					if err != nil {
						return err
					}
					value, err := r.Get(key)
					if err != nil {
						return err
					}
					sha256.Sum256(value)
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("vault", func(b *testing.B) {
		v := f.open(readOnly)
		for b.Loop() {
			f.whole(v)
		}
	})
}

// BenchmarkOpen opens the vault, reads one secret and closes it.
func BenchmarkOpen(b *testing.B) {
	f := newFixture(b)
	f.with(func(v *vault.Vault) { set(b, v, "A", "a") })
	for b.Loop() {
		v, err := f.tryOpen(readOnly)
		if err != nil {
			b.Fatal(err)
		}
		get(b, v, "A")
		v.Close()
	}
}

// BenchmarkReplaceSlot changes a key slot, as key passwd and key add do: the same
// whatever the number of secrets.
func BenchmarkReplaceSlot(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("vault=%d", n), func(b *testing.B) {
			f := newFixture(b)
			v := f.open()
			if _, err := v.Apply(context.Background(), manyChanges(n, "x"), nil); err != nil {
				b.Fatal(err)
			}
			label := v.Status().Slots[0].Label
			_, lock := newKey(b, false)
			for b.Loop() {
				if _, err := v.ReplaceSlot(context.Background(), label, lock); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
