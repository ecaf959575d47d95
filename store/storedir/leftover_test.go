package storedir_test

import (
	"testing"

	"github.com/tacit-vault/tacit/store/storedir"
)

func TestLeftover(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		".fuse_hidden0000000a00000001": true, ".nfs000000000012": true, ".smbdeleteAAA1": true, ".smb1a2b3c4d": true,
		".cifs1a2b": true, "cifs1a2b": true, ".__afs5C2E": true, "._000001.vlog": true, ".DS_Store": true,
		"desktop.ini": true, "Desktop.INI": true, "Thumbs.db": true, "thumbs.db": true, "@eaDir": true,

		"": false, ".": false, "._": false, ".nfs": false, ".fuse_hidden": false, ".smbdelete": false,
		".smbcredentials": false, ".smb1a2b3c4": false, ".smb": false, "cifs": false, ".cifs": false, "cifs1A2B": false,
		"..cifs1a2b": false, "cifs1a2b.sst": false, ".ds_store": false, "@eadir": false, "desktop.ini2": false,
		"DISCARD": false, "MANIFEST": false, "db": false, "VAULT": false, "000001.sst": false, "x._y": false,
	} {
		if got := storedir.Leftover(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
