//go:build !unix

package badgerstore

func letGoOfPages([]byte) {}
