package store_test

import (
	"reflect"
	"testing"

	"awsvault/internal/sealed"
	"awsvault/internal/store"
)

// The store and cmd/instant use the same name for a keystore in the index. No field may be
// lost on the way.
func TestAStoreIsAtTheKeystoreThatIsChosen(t *testing.T) {
	var chosen sealed.Keystore
	fields := reflect.ValueOf(&chosen).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetString("the " + fields.Type().Field(i).Name)
	}
	if got := store.Open(store.At(chosen)).Place(); got != chosen.Place() {
		t.Errorf("the store is at %q, and chosen was %q", got, chosen.Place())
	}
}
