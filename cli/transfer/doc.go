// Package transfer imports secrets from files and from other tools' stores, and exports
// them.
package transfer
