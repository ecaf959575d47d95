//go:build linux || darwin || freebsd

package liveperson

import _ "github.com/tacit-vault/tacit/vault/ondisk" // tests make vaults
