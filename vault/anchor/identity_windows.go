package anchor

// identityOf is not known there.
func identityOf(string) string { return "" }
