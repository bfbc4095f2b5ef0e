// Command guarded imports the keyring library behind the guard and prints the
// environment that its children would get.
package main

import (
	"fmt"
	"os"

	_ "github.com/99designs/keyring"

	"awsvault/internal/nodbus"
)

func main() {
	for _, entry := range nodbus.Environ(os.Environ()) {
		fmt.Println(entry)
	}
}
