// Package bind fills a command's struct from a command line with the same result as kong.
// kong uses reflection to find out everything that the struct can take. bind reads the same
// tags, and needs neither kong nor any knowledge of what a command does.
package bind

import (
	"reflect"
	"strings"
	"time"

	"awsvault/internal/grammar"
	"awsvault/internal/resolve"
)

// Fill sets the fields of a command's struct from the command line, as kong would; a test in
// package cmd compares the two. For a correct line it saves kong's inspection of the whole
// struct, which takes as long as the rest of a `use` with a cached session. Fill returns false
// if a value does not fit its field. Kong then explains the mistake.
func Fill(line *grammar.Line, command any) bool {
	args := line.Args
	return fillStruct(line, reflect.ValueOf(command).Elem(), &args)
}

func fillStruct(line *grammar.Line, v reflect.Value, args *[]string) bool {
	for i := range v.NumField() {
		field, target := v.Type().Field(i), v.Field(i)
		_, isArgument := field.Tag.Lookup("arg")
		ok := true
		switch {
		case field.Anonymous:
			ok = fillStruct(line, target, args)
		case !field.IsExported():
		case isArgument && target.Kind() == reflect.Slice:
			ok = set(target, "", *args)
			*args = nil
		case isArgument && len(*args) > 0:
			ok = set(target, (*args)[0], nil)
			*args = (*args)[1:]
		case !isArgument:
			name := flagName(field)
			ok = set(target, line.Text(name), line.All(name))
		}
		if !ok {
			return false
		}
	}
	return true
}

// set assigns a value to a field: the one text, or all values if the field is a slice.
func set(target reflect.Value, text string, all []string) bool {
	switch p := target.Addr().Interface().(type) {
	case *time.Duration:
		if text == "" {
			return len(all) == 0 // an empty value was given, which is not a duration
		}
		for _, one := range all { // the last value counts, but all are checked
			if _, err := resolve.ParseDuration(one); err != nil {
				return false
			}
		}
		d, err := resolve.ParseDuration(text)
		*p = d
		return err == nil
	case *[]string:
		*p = append(*p, all...)
		return true
	case **bool:
		if text != "" {
			on := text == "true"
			*p = &on
		}
		return true
	}
	switch target.Kind() {
	case reflect.String:
		target.SetString(text)
	case reflect.Bool:
		target.SetBool(grammar.Truth(text))
	default:
		return false
	}
	return true
}

// flagName returns the name of a field's flag: the tag, or the words of the field's name.
func flagName(field reflect.StructField) string {
	if name, ok := field.Tag.Lookup("name"); ok {
		return name
	}
	var b strings.Builder
	for i, r := range field.Name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// Command returns the struct of the named command within the struct of the command line, or
// nil if no command has that name.
func Command(cli any, name string) any {
	v := reflect.ValueOf(cli).Elem()
	for word := range strings.FieldsSeq(name) {
		if v = member(v, word); !v.IsValid() {
			return nil
		}
	}
	return v.Addr().Interface()
}

// member returns the field of a struct that belongs to the named command.
func member(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		called := field.Tag.Get("name")
		if called == "" {
			called = strings.ToLower(field.Name)
		}
		if _, ok := field.Tag.Lookup("cmd"); ok && called == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
