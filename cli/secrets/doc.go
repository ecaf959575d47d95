// Package secrets reads and changes single secrets: their values, versions, labels and
// one-time codes.
package secrets
