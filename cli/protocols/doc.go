// Package protocols answers the programs that ask for a secret by a protocol of their
// own: git, docker, aws, kubectl, ssh, ansible.
package protocols
