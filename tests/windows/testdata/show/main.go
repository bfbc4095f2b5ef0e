// Show stands for the programs that people run: it prints its arguments and the AWS
// variables that it was given, without what is in those that are secret. Some words have it
// do something else.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"time"
)

func main() {
	word := ""
	if len(os.Args) > 1 {
		word = os.Args[1]
	}
	switch word {
	case "exit":
		n, _ := strconv.ParseUint(os.Args[2], 10, 32)
		os.Exit(int(n))
	case "cat":
		io.Copy(os.Stdout, os.Stdin)
	case "a token": // a made-up one
		fmt.Println("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln")
	case "words":
		json.NewEncoder(os.Stdout).Encode(os.Args[2:])
		json.NewEncoder(os.Stdout).Encode(line())
	case "stay": // tells its process id in a file, and has another stay for each more
		for _, path := range os.Args[3:] {
			leave(path)
		}
		tell(os.Args[2])
		time.Sleep(5 * time.Minute)
	case "leave":
		leave(os.Args[2])
	case "signal":
		told := make(chan os.Signal, 1)
		signal.Notify(told, os.Interrupt)
		tell(os.Args[2])
		select {
		case <-told:
			os.Exit(5)
		case <-time.After(time.Minute):
			os.Exit(6)
		}
	default:
		show()
	}
}

func leave(path string) {
	self, err := os.Executable()
	if err == nil {
		err = exec.Command(self, "stay", path).Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func tell(path string) {
	if err := os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o600); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func show() {
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
