// Package heads has the rules by which the members of a group come to the same
// values. It works on plain data: it opens no bundle and knows no vault.
//
// Each writer has a feed of numbered changes. A change says what its author had
// applied of every feed (Seen), and holds items. For each name the items that no
// later item has replaced are its heads. An item replaces the heads that its author
// had seen, and no other. Two heads of a name were set by writers that did not see
// one another: that is a conflict, and the same one of them wins everywhere.
package heads
