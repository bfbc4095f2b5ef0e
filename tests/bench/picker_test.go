package main

import (
	"testing"

	"awsvault/tests/awsfake"
	"awsvault/tests/world"
)

func TestThePickerCanBeTimed(t *testing.T) {
	fake := awsfake.Start(t, awsfake.Options{})
	w, err := world.Build(t.TempDir(), world.Program(t), fake)
	if err != nil {
		t.Fatal(err)
	}
	_, many, err := configs(w.Dir)
	if err != nil {
		t.Fatal(err)
	}
	first, key, err := pickOnce(w, many)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first screen %v, a key %v", first, key)
}
