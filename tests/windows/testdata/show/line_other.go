//go:build !windows

package main

func line() string { return "" }
