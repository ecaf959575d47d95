// Package ui is tacit ui: the secrets of a vault on a screen.
//
// Two processes make it. This one has the vault, keys and values. It starts tacit-ui, the
// one that draws, beside itself, and tells it names, labels and times. Where a value is
// to be shown, or something to be asked, the other one leaves the terminal and is stopped;
// this one shows the value on a page of its own, which it erases and wipes, and lets the
// other go on. So no frame falls upon a value, and no library for screens ever has one.
//
// That contains mistakes, and dependencies that are careless. It is no wall against a
// malicious one: whatever draws on a terminal can draw a question for a passphrase.
package ui
