// Package textform is what the commands share that read and write secrets as text:
// which formats there are to choose from, and what to say of a text that is wrong.
package textform
