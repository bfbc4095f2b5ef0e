package serve

import (
	"fmt"
	"strconv"

	"awsvault/internal/fault"
)

// UIDs parses numeric user IDs.
func UIDs(texts []string) (all []int, err error) {
	for _, text := range texts {
		uid, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return nil, fault.NewUsage(fmt.Sprintf("--allow-uid %q is not the number of a user", text), "id -u NAME shows it")
		}
		all = append(all, int(uid))
	}
	return all, nil
}

// Port parses a port number. An empty text is 0, which means any free port.
func Port(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fault.NewUsage(fmt.Sprintf("--port %q is not a number from 1 to 65535", text), "")
	}
	return port, nil
}
