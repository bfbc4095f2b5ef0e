package cmd

func ownGroup(int) bool { return false }
