// Package terminal asks on the terminal and draws on it. What is typed for a secret is
// hidden, and the terminal is left as it was.
package terminal
