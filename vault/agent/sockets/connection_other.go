//go:build !linux && !darwin && !freebsd

package sockets

import "net"

// HungUp is what a broken connection is.
func HungUp(*net.UnixConn) bool { return true }

// Parted never is.
func Parted(*net.UnixConn) bool { return true }

// Waits never is.
func Waits(*net.UnixConn) bool { return false }

// Unread never is.
func Unread(error) bool { return false }

// Running never is.
func Running(int) bool { return false }
