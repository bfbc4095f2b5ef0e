package env

import "slices"

// LeavesKeys reports whether the environment contains access keys after the change.
func (c Change) LeavesKeys(now Vars) bool {
	const name = "AWS_ACCESS_KEY_ID"
	i := slices.IndexFunc(c, func(op Op) bool { return op.Name == name && op.Action != Keep })
	if i < 0 {
		return now[name] != ""
	}
	return c[i].Action != Unset
}
