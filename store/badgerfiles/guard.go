package badgerfiles

import "github.com/tacit-vault/tacit/store/storedir"

// Guard runs fn, and turns a panic in it into ErrCorrupt: Badger panics where
// a block, an offset or a mapped page is not what it wrote. It is put around
// single calls into Badger, never around functions of the caller.
func Guard(what string, fn func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = storedir.Corrupt("%s: the database fails on it", what)
		}
	}()
	return fn()
}
