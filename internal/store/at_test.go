package store_test

import (
	"reflect"
	"testing"

	"awsvault/internal/sealed"
	"awsvault/internal/store"
)

// The store looks into the index under the name by which cmd/instant finds what is known of
// the same keystore: no field may be lost on the way.
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
