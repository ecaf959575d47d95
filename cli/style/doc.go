// Package style marks words on a terminal. There are five roles and eight colours; the
// words say the same without them. A text without its marks is the text: nothing is said
// by colour alone.
package style
