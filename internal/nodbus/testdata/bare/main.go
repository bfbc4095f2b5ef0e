// Command bare imports the keyring library as it is.
package main

import _ "github.com/99designs/keyring"

func main() {}
