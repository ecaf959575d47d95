package cli

// ownWays are the spellings of remedies that only the command line has.
var ownWays = [...]spelling{}
