package disk

// mostMounts bounds the table, in bytes: a host of containers has some thousands.
const mostMounts = 4 << 20

func readMounts() []Mount {
	text, err := ReadFile("/proc/self/mountinfo", Reading{Limit: mostMounts})
	if err != nil {
		return nil
	}
	return parseMounts(string(text))
}
