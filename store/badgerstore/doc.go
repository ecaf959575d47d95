// Package badgerstore is the store on disk, in Badger, with what guards it: the
// files are checked before Badger opens them, its calls run where a panic or an
// endless wait is an error, and tables are merged, and logs replayed, in copies that
// are compared before they count.
//
//	s, err := badgerstore.Open(ctx, dir, store.Options{Wait: 10 * time.Second})
//
// This is the one package that knows Badger.
package badgerstore
