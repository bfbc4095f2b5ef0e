package awsconf

import "strings"

// Section holds the settings under one header. It is immutable.
type Section struct {
	name     string
	pos      Pos
	settings []setting
	index    map[string]int // nil if there are few
}

// Profile is a profile as the AWS CLI reads it: the settings of the config file, overridden
// key by key by those of the credentials file.
type Profile struct{ Section }

func newSection(name string, pos Pos, settings []setting) Section {
	s := Section{name: name, pos: pos, settings: settings}
	if len(settings) > manyKeys {
		s.index = make(map[string]int, len(settings))
		for i := range settings {
			s.index[settings[i].key] = i
		}
	}
	return s
}

// find returns the index of a key in lower case, or -1.
func (s *Section) find(key string) int {
	if s.index != nil {
		if i, ok := s.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range s.settings {
		if s.settings[i].key == key {
			return i
		}
	}
	return -1
}

// over merges two sections. The settings of s override those of below, each as a whole.
func (s *Section) over(below *Section) Section {
	settings := append([]setting(nil), below.settings...)
	for _, set := range s.settings {
		if i := below.find(set.key); i >= 0 {
			settings[i] = set
		} else {
			settings = append(settings, set)
		}
	}
	return newSection(below.name, below.pos, settings)
}

// Name returns the name in the header, without quotes.
func (s *Section) Name() string { return s.name }

// Pos returns the line of the header. For a profile in both files, it is the one in the config
// file.
func (s *Section) Pos() Pos { return s.pos }

// Get returns the value of a key, whatever its case. For nested settings, it returns their
// text; see [Section.Nested].
func (s *Section) Get(key string) (Value, bool) {
	i := s.find(strings.ToLower(key))
	if i < 0 {
		return Value{}, false
	}
	return Value{Text: s.settings[i].text(), Pos: s.settings[i].pos()}, true
}

// Nested returns the value of an indented setting below a key without a value of its own, such
// as endpoint_url in
//
//	s3 =
//	  endpoint_url = http://localhost:9000
//
// Like the AWS CLI, it respects the case of sub, and uses the last of two values.
func (s *Section) Nested(key, sub string) (Value, bool) {
	i := s.find(strings.ToLower(key))
	if i < 0 || !s.settings[i].isNested() {
		return Value{}, false
	}
	rest := s.settings[i].rest
	for n := len(rest) - 1; n >= 0; n-- {
		name, value, _ := strings.Cut(rest[n].text, "=")
		if trimRight(name) == sub && rest[n].text != "" {
			return Value{Text: trimLeft(value), Pos: Pos{s.settings[i].file, rest[n].line}}, true
		}
	}
	return Value{}, false
}

// Each calls call with every key, in lower case, and its trimmed value, in the order of the
// file. It skips settings with an empty value.
func (s *Section) Each(call func(key, value string)) {
	for i := range s.settings {
		if text := strings.TrimSpace(s.settings[i].text()); text != "" {
			call(s.settings[i].key, text)
		}
	}
}

// Keys lists the keys, in lower case, in the order of the file.
func (s *Section) Keys() []string {
	keys := make([]string, len(s.settings))
	for i := range s.settings {
		keys[i] = s.settings[i].key
	}
	return keys
}
