package vault

// ProcessCommand is processCommand, for tests with names that no config file contains.
var ProcessCommand = processCommand

// The edits of a config file's text for [ProcessEdit].
var SetProcessLines, RemoveProcessLines = setProcessLines, removeProcessLines
