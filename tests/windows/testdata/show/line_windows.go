package main

import "golang.org/x/sys/windows"

// line is the command line as the system hands it over.
func line() string { return windows.UTF16PtrToString(windows.GetCommandLine()) }
