package disk

import "strings"

// mostMounts limits the table, in bytes: a host of containers has some thousand mounts.
const mostMounts = 4 << 20

func readMounts() []Mount { return parseMounts(mountinfo()) }

func mountinfo() string {
	text, err := ReadFile("/proc/self/mountinfo", Reading{Limit: mostMounts})
	if err != nil {
		return ""
	}
	return string(text)
}

// Automounts returns the directories of this machine in which an automounter creates what
// programs look for: looking for a missing name there asks the network, for seconds.
func Automounts() []string {
	text := mountinfo()
	if !strings.Contains(text, " - autofs ") {
		return nil // each start of a shell calls this
	}
	return automounts(parseMounts(text))
}
