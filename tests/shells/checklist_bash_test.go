package shells

var bashChecklist = []item{}
