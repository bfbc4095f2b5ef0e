//go:build unix && !linux && !darwin

package process

// parents returns nil: here, only the group ends with a program.
func parents() map[int]int { return nil }
