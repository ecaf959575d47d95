// Package storedir is the folder that a store on disk has for itself, but for the
// database in it: the lock and who has it, the names of the parts, the ballast, who
// may read the files, how much room is left, and what file systems leave behind.
//
//	DIR/lock     who may read or write; see [Lock] and [Hold]
//	DIR/ballast  a file whose space makes room on a full disk
//	DIR/db       the database
//	DIR/db.*     beside it for a while; see [PartOf]
//
// It knows no database. Its errors wrap those of package store.
package storedir
