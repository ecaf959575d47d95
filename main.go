// Command tacit keeps secrets in an encrypted vault: one directory, no server.
package main

func main() {}
