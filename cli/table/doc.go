// Package table writes tables for people: columns under a header, padded to their widest
// cell. On a terminal that is too narrow columns fall, in an order that the table says,
// and what never falls is wrapped. Nothing is cut.
package table
