package shells

var zshChecklist = []item{}
