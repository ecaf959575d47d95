// Package doctor looks at what surrounds a vault, and says what to do about it.
package doctor
