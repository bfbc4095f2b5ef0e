package vault

// ProcessCommand is processCommand, for tests with names that no config file has.
var ProcessCommand = processCommand
