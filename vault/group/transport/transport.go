// Package transport carries a group's bundles from one vault to another: the interface,
// its errors and limits, the names of the files that travel, and [Memory], a transport
// that lasts as long as the process, for tests.
//
//	err := t.Put(ctx, transport.ChangesKey(group, member, 7), bundle, nil)
//	…
//	keys, err := t.List(ctx, transport.FeedPrefix(group, member), "")
//
// It knows no key and opens no bundle. Nothing that a transport returns is believed:
// the caller checks each bundle's signature. What a transport promises is less: a key
// that was put once is not put again, and a replaced key takes the place of what the
// caller has seen.
//
// Folders are in folder, files that are carried by hand in pack, and everything that
// takes a network runs in a process of its own, whose client is in helper. All of them
// pass the suite in transporttest.
package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// The errors of this package wrap one of these, or a context's.
var (
	// ErrNone: there is nothing under the key.
	ErrNone = errors.New("there is nothing under this key")
	// ErrTaken: other bytes than the caller expects are under the key.
	ErrTaken = errors.New("something else is under this key")
	// ErrUnreachable: the place cannot be reached now. Nothing is wrong here.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrDenied: the place is reached, and does not let this user do it.
	ErrDenied = errors.New("not allowed there")
	// ErrSetup: the place is reached, and is not set up for groups.
	ErrSetup = errors.New("not set up for groups")
	// ErrKey: this is no key, or no prefix of keys.
	ErrKey = errors.New("not a key of a group")
	// ErrSize: there are no bytes, or more than MaxData, or more than the place takes.
	ErrSize = errors.New("not a size that can be carried")
	// ErrFull: the place has no room left.
	ErrFull = errors.New("there is no room left")
	// ErrNoDelete: this transport cannot delete.
	ErrNoDelete = errors.New("this transport cannot delete")
	// ErrClosed: the transport is closed.
	ErrClosed = errors.New("the transport is closed")
)

const (
	// MaxData is how many bytes are carried under one key. It has room for the largest
	// bundle: see bundle.MaxBundle.
	MaxData = 5<<20 + 16<<10
	// MaxList is how many keys List returns at most.
	MaxList = 1000
)

// A Transport keeps bundles under keys. It is safe for concurrent use. Every method
// returns an error wrapping ErrUnreachable where the place cannot be reached, and may
// then have done its work or not: Put can be called again.
type Transport interface {
	// Put stores a copy of data, durably. Where old is nil, the key has to be free, else
	// old has to be what is stored. The error wraps ErrTaken where it is not so. To store
	// again what is stored already is no error.
	Put(ctx context.Context, key string, data, old []byte) error
	// Get returns what is stored, never empty. The error wraps ErrNone where nothing is,
	// and ErrSize where it is over MaxData.
	Get(ctx context.Context, key string) ([]byte, error)
	// List returns keys that prefix stands for, see Under, and that come after the key
	// after, in ascending order of their bytes, at most MaxList. The list is empty where
	// there are no more. A key that was deleted a moment ago can be among them.
	List(ctx context.Context, prefix, after string) ([]string, error)
	// Wait returns nil when what one of the prefixes stands for may have changed since
	// the Wait before it returned. The first Wait, and one with other prefixes, may return
	// at once. It is a hint and never the truth: it may return without a change, and a
	// change can be missed. One caller waits at a time.
	Wait(ctx context.Context, prefixes ...string) error
}

// A Deleter can delete what its user has put.
type Deleter interface {
	// Delete removes what is stored under a key. An absent one is no error.
	Delete(ctx context.Context, key string) error
}

// Delete has a transport do what Deleter says. The error wraps ErrNoDelete where it
// cannot.
func Delete(ctx context.Context, t Transport, key string) error {
	if d, ok := t.(Deleter); ok {
		return d.Delete(ctx, key)
	}
	return ErrNoDelete
}

// Close ends a transport that holds something open. Its other methods then return an
// error wrapping ErrClosed.
func Close(t Transport) error {
	if c, ok := t.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// CheckPut returns an error wrapping ErrKey or ErrSize where these cannot be put.
func CheckPut(key string, data []byte) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	return CheckSize(len(data))
}

// CheckSize returns an error wrapping ErrSize where so many bytes are not carried.
func CheckSize(n int) error {
	if n < 1 || n > MaxData {
		return fmt.Errorf("%w: %d bytes, at least 1 and at most %d", ErrSize, n, MaxData)
	}
	return nil
}
