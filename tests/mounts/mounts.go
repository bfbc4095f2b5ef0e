// Package mounts tests the program on real mounts: file systems whose files show
// another user as their owner, and rights for everybody. Only root can run it.
package mounts
