// Package failure is an error as the user sees it: what failed on what, why, and what
// would help. It has the exit codes, and makes what came from outside printable.
package failure
