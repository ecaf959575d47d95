package cli

// openFilesHint is nothing here: Windows sets a process no such limit.
func openFilesHint(error) string { return "" }
