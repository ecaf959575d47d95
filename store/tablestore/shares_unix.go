//go:build unix

package tablestore

// sharesWithBadger: here Badger reads beside another reader.
const sharesWithBadger = true
