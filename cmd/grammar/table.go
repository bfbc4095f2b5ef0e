package grammar

var table = [...]Command{{}}
