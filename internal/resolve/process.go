package resolve

func (l *link) processStep() (Step, error) {
	v := l.get("credential_process")
	return Step{Kind: Process, Profile: l.name, Command: v.text, From: v.export().From}, nil
}

// printable reports whether a text can be in a header and in a variable: visible ASCII.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
