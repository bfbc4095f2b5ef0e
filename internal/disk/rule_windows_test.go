package disk

import "testing"

func sys(info) any { return nil }

func pipe(*testing.T, string) {}
