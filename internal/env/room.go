package env

import (
	"fmt"

	"awsvault/internal/fault"
)

// Room is how much space the system allows for a program's environment, in bytes. A shell
// would set a larger environment all the same, and could then start no program any more, vault
// included. Zero means no limit.
type Room struct {
	One int // NAME=value and its zero byte
	All int // all variables, each with its pointer
}

// Holds refuses a change after which no program could be started. args is the number of bytes
// that arguments need. Holds never refuses a change that makes nothing larger.
func (r Room) Holds(now Vars, change Change, args int) error {
	after := make(Vars, len(now))
	before := 0
	for name, value := range now {
		after[name] = value
		before += size(name, value)
	}
	for _, op := range change {
		if op.Action != Set {
			delete(after, op.Name)
			continue
		}
		after[op.Name] = op.Value
		if one := len(op.Name) + len(op.Value) + 2; r.One > 0 && one > r.One {
			return fault.New(fmt.Sprintf("%s would have %d bytes, and no program could be started: the system's limit is %d", op.Name, one, r.One), "")
		}
	}
	all, largest := args, ""
	for name, value := range after {
		all += size(name, value)
		if largest == "" || size(name, value) > size(largest, after[largest]) || size(name, value) == size(largest, after[largest]) && name < largest {
			largest = name
		}
	}
	if r.All == 0 || all <= r.All || all-args <= before {
		return nil
	}
	return fault.New(
		fmt.Sprintf("the environment would have %d bytes, and no program could be started: the system's limit is %d", all, r.All),
		fmt.Sprintf("unset large variables: %s has %d bytes", largest, len(after[largest])))
}

// size returns the space that a variable takes.
func size(name, value string) int { return len(name) + len(value) + 2 + 8 }
