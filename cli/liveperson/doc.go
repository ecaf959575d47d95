// Package liveperson runs Node with the settings of a LivePerson function, which it
// serves from the vault in memory.
package liveperson
