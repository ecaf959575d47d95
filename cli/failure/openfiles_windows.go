package failure

// OpenFilesHint is nothing here: Windows sets a process no such limit.
func OpenFilesHint(error) string { return "" }
