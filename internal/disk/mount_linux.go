package disk

import "strings"

// mostMounts bounds the table, in bytes: a host of containers has some thousands.
const mostMounts = 4 << 20

func readMounts() []Mount { return parseMounts(mountinfo()) }

func mountinfo() string {
	text, err := ReadFile("/proc/self/mountinfo", Reading{Limit: mostMounts})
	if err != nil {
		return ""
	}
	return string(text)
}

// Automounts are the directories of this machine in which an automounter makes what is
// looked for: a name that is not there is asked for on the network, for seconds.
func Automounts() []string {
	text := mountinfo()
	if !strings.Contains(text, " - autofs ") {
		return nil // each start of a shell asks
	}
	return automounts(parseMounts(text))
}
