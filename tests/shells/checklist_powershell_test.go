package shells

var powershellChecklist = []item{}
