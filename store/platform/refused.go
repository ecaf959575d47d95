//go:build !((linux && (amd64 || arm64 || arm || 386 || riscv64)) || (darwin && (amd64 || arm64)) || (windows && amd64) || (freebsd && amd64))

package platform

// The compiler prints this name, which is all that it can be made to say.
var _ = tacit_does_not_run_on_this_platform__README_md_lists_those_it_runs_on
