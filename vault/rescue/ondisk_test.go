package rescue_test

import _ "github.com/tacit-vault/tacit/vault/ondisk" // tests open vaults
