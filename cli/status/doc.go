// Package status is the command that says which vault is used, and what is known of it.
package status
