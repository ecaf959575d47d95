// Package screen is what tacit ui shows: a State, which keys and messages change, and the
// frame that is drawn of it. Both are pure: nothing here reads a clock, a terminal or a
// file. No value ever is part of a state.
//
// In lists every letter that a name can have is typed into the search, so no letter acts.
// What is shown of the keys is made from the table that acts on them.
package screen
