package vault

// ProcessCommand is processCommand, for tests with names that no config file has.
var ProcessCommand = processCommand

// The edits of a config file's text that [ProcessEdit] makes.
var SetProcessLines, RemoveProcessLines = setProcessLines, removeProcessLines
