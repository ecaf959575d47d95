// Package group keeps the secrets of several vaults in step.
//
// A group has members, patterns of names, and for each writer a feed of signed and
// encrypted bundles that only this writer writes. Bundles go through folders or
// servers, which are not trusted: see package transport. A vault stays the source of each
// read; only [Group.Sync] asks a transport.
//
// A group keeps its state in the vault, in records whose names begin with
// vault.GroupPrefix. They are sealed, indexed and backed up like any secret.
package group
