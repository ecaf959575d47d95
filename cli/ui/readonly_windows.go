package ui

// readOnlyDisk leaves it to the first change.
func readOnlyDisk(string) string { return "" }
