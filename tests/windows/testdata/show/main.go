// Show stands for the programs that people run: it prints its arguments and the AWS
// variables that it was given, without what is in those that are secret.
package main

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "exit" {
		n, _ := strconv.Atoi(os.Args[2])
		os.Exit(n)
	}
	if len(os.Args) == 2 && os.Args[1] == "cat" {
		io.Copy(os.Stdout, os.Stdin)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "a token" { // a made-up one
		fmt.Println("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln")
		return
	}
	for _, arg := range os.Args[1:] {
		fmt.Printf("<%s>", arg)
	}
	fmt.Println()
	environ := os.Environ()
	sort.Strings(environ)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.Contains(name, "SECRET") || strings.Contains(name, "TOKEN") {
			value = "***"
		}
		if strings.HasPrefix(name, "AWS_") {
			fmt.Println(name + "=" + value)
		}
	}
}
