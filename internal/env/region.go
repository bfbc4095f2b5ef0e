package env

import "maps"

// regionNames are the variables that set a shell's region.
var regionNames = [...]string{"AWS_DEFAULT_REGION", "AWS_REGION"}

// Move changes the region of an activation, and nothing else. Off restores the region from
// before the activation, and a renewal leaves the region alone. key authenticates the new
// state; it is empty if the old state is not authentic.
func Move(now Vars, active State, region string, key Key) (Change, State) {
	next := active
	next.Authentic = len(key) > 0
	next.About.MovedFrom, next.About.Moved, next.About.RegionFrom = now["AWS_REGION"], region, "vault region"
	next.About.clean()
	next.Vars = maps.Clone(active.Vars)
	var change Change
	for _, name := range regionNames {
		v, _ := lookup(name)
		before, fresh := original(v, now, active, loaded(now))
		if before.Kind == wasKept && fresh {
			change = append(change, Op{Name: name, Action: Keep})
		}
		change = append(change, to(v, &region, now)...)
		next.Vars[name] = Record{Before: before, Ours: fingerprint(&region)}
	}
	return change.with(now, next, key), next
}
