// Package curtain shows a value on a page of its own, and takes it away again: at any key,
// when its time is over, and however the command ends. Nothing of it stays on the screen,
// among the lines that were there before, or in this process.
//
// The page is drawn on the terminal's alternate screen, from one buffer that is wiped. It
// is taken away by blanks, then erased, then left: a terminal that keeps what was on its
// alternate screen, or has none, keeps blanks. No newline is written in the last row, so
// that nothing scrolls. What was there before stays as it was.
//
// It cannot hide a value from who records the terminal: script, a bastion, tmux pipe-pane.
package curtain
