// Package awsfile knows where the two AWS files are and how they are replaced:
// whole or not at all, under a lock, with their mode, owner and links kept.
//
// It does not know what stands in them; package awsconf does. It reads no
// variable: who calls it hands in the environment.
package awsfile
