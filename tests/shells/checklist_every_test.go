package shells

var everyChecklist = []item{}
