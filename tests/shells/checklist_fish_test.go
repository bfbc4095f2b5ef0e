package shells

var fishChecklist = []item{}
