// Package badgerfiles reads Badger's own files, without Badger: the MANIFEST, the
// tables and the logs. Badger believes what they say, and ends the process, opens an
// empty database or deletes files where it is wrong; so they are looked at here
// before it opens them.
//
//	s, err := badgerfiles.Read(dir)
//	…
//	err = s.Check(true)
//
// It writes nothing. An error wraps store.ErrCorrupt where the files are damaged.
//
// No library serves: Badger's packages for these files trust what they read.
package badgerfiles
