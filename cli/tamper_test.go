package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// tamperMain changes a vault's database as somebody would who has the disk and
// no key: tamper DIR OPERATION ARGUMENT…
//
// A key is given by its beginning, of which there must be one in the database.
// save and put keep bytes in a file beside the vault in between.
func tamperMain() int {
	err := tamper(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func tamper(dir, operation string, args []string) error {
	s, err := badgerstore.Open(context.Background(), dir, store.Options{})
	if err != nil {
		return err
	}
	err = s.Update(func(w store.Writer) error {
		switch operation {
		case "swap":
			return swapKeys(w, args[0], args[1])
		case "copy":
			return copyKey(w, args[0], args[1])
		case "delete":
			key, err := oneKey(w, args[0])
			if err != nil {
				return err
			}
			return w.Delete(key)
		case "flip":
			return flipLast(w, args[0])
		case "save":
			key, value, err := oneEntry(w, args[0])
			if err != nil {
				return err
			}
			return os.WriteFile(args[1], append(append(key, '\n'), value...), 0o600)
		case "plant":
			return w.Put([]byte(args[0]), []byte(args[1]))
		case "copy-as":
			_, value, err := oneEntry(w, args[0])
			if err != nil {
				return err
			}
			return w.Put([]byte(args[1]), value)
		case "replace":
			key, err := oneKey(w, args[0])
			if err != nil {
				return err
			}
			return w.Put(key, []byte(args[1]))
		case "begin-batch":
			return w.Put([]byte("p"), []byte("9"))
		case "put":
			return putBack(w, args[0])
		}
		return fmt.Errorf("no operation %s", operation)
	})
	return errors.Join(err, s.Close())
}

// oneKey returns the one key that begins with prefix.
func oneKey(w store.Writer, prefix string) ([]byte, error) {
	var keys [][]byte
	for key, err := range w.Keys([]byte(prefix), nil) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("%d keys begin with %s", len(keys), prefix)
	}
	return keys[0], nil
}

func oneEntry(w store.Writer, prefix string) (key, value []byte, err error) {
	if key, err = oneKey(w, prefix); err == nil {
		value, err = w.Get(key)
	}
	return key, value, err
}

func swapKeys(w store.Writer, a, b string) error {
	ka, va, err := oneEntry(w, a)
	if err != nil {
		return err
	}
	kb, vb, err := oneEntry(w, b)
	if err != nil {
		return err
	}
	return errors.Join(w.Put(ka, vb), w.Put(kb, va))
}

func copyKey(w store.Writer, from, to string) error {
	_, value, err := oneEntry(w, from)
	if err != nil {
		return err
	}
	key, err := oneKey(w, to)
	if err != nil {
		return err
	}
	return w.Put(key, value)
}

func flipLast(w store.Writer, prefix string) error {
	key, value, err := oneEntry(w, prefix)
	if err != nil {
		return err
	}
	value[len(value)-1] ^= 1
	return w.Put(key, value)
}

func putBack(w store.Writer, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key, value, _ := strings.Cut(string(b), "\n")
	return w.Put([]byte(key), []byte(value))
}
