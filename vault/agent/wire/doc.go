// Package wire has the forms that cross an agent's socket. Both sides know them, and
// openapi.yaml describes them.
package wire
