package rescue

import (
	"context"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tacit-vault/tacit/crypto"
)

// How much is read from the files before it is opened on all cores.
const (
	someRecords = 256
	someBytes   = 4 << 20
)

// each opens the records once more, and hands their values to fn, in order. fn
// must not keep them.
func (r *Ruin) each(ctx context.Context, records []*record, fn func(*record, []byte) error) error {
	for len(records) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := 0
		for size := 0; n < len(records) && n < someRecords && (n == 0 || size+records[n].at.size <= someBytes); n++ {
			size += records[n].at.size
		}
		if err := r.some(records[:n], fn); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// some is each for as many records as are held in memory at once.
func (r *Ruin) some(records []*record, fn func(*record, []byte) error) error {
	files, err := r.read(records)
	if err != nil {
		return err
	}
	plains, errs := make([][]byte, len(records)), make([]error, len(records))
	defer func() {
		for _, plain := range plains {
			clear(plain)
		}
	}()
	var (
		next    atomic.Int64
		workers sync.WaitGroup
	)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(records); i = int(next.Add(1)) - 1 {
				plains[i], errs[i] = reopen(records[i], files[i])
			}
		})
	}
	workers.Wait()
	for i, rec := range records {
		if errs[i] != nil {
			return changed(rec, errs[i])
		}
		if err := fn(rec, plains[i]); err != nil {
			return err
		}
	}
	return nil
}

// reopen opens a record that opened before.
func reopen(rec *record, b []byte) ([]byte, error) {
	_, plain, err := rec.keys.Open(b)
	if err == nil && crypto.Sum(b) != rec.sum {
		clear(plain)
		return nil, crypto.ErrForged
	}
	return plain, err
}

// read takes the bytes of records, which come in the order of the files.
func (r *Ruin) read(records []*record) ([][]byte, error) {
	open := -1
	var f *os.File
	defer func() {
		if f != nil {
			f.Close()
		}
	}()
	list := make([][]byte, len(records))
	for i, rec := range records {
		var err error
		if rec.at.file != open {
			if f != nil {
				f.Close()
			}
			if f, err = r.files[rec.at.file].open(); err != nil {
				return nil, changed(rec, err)
			}
			open = rec.at.file
		}
		if list[i], err = readExact(f, rec.at.off, rec.at.size); err != nil {
			return nil, changed(rec, err)
		}
	}
	return list, nil
}
