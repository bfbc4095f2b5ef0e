// Command awsfake runs the fake AWS for other processes: `make try`, shell tests.
//
// It listens on loopback, prints one line of JSON (awsfake.Example) when it is
// ready, and ends when its standard input does, or on SIGINT or SIGTERM. The
// control endpoint /_fake/ is on; tests/awsfake/control.go describes it.
//
// `awsfake visit [-person NAME] [-deny] URL` is a person with a browser instead:
// it opens a sign-in page, and clicks. As BROWSER it signs in for tests.
//
// It knows nothing of the program that is tried on it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"awsvault/tests/awsfake"
)

func main() {
	do := run
	if len(os.Args) > 1 && os.Args[1] == "visit" {
		do = visit
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "awsfake:", err)
		os.Exit(1)
	}
}

func run() error {
	addr := flag.String("addr", "127.0.0.1:0", "`address` to listen on; port 0 picks a free one")
	seedFile := flag.String("seed", "", "`file` that describes accounts, users and roles (default: the built-in example.seed)")
	caFile := flag.String("ca", "", "serve https, and write the authority's certificate to this `file`")
	tokenSize := flag.Int("token-size", 0, "`bytes` in a session token, up to 4096")
	keyDelay := flag.Duration("key-delay", 0, "`time` until a changed access key takes effect")
	proxy := flag.Bool("proxy", false, "be an HTTPS proxy for AWS hosts, too; -ca tells where to write its authority, and is then not for the listener")
	detached := flag.Bool("detached", false, "do not end with standard input, only on a signal")
	flag.Parse()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	s := awsfake.New(awsfake.Options{TokenSize: *tokenSize, KeyDelay: *keyDelay, Control: true, AnyIAMRegion: true, Proxy: *proxy})
	defer s.Close()
	if err := listen(s, *addr, *caFile, *proxy); err != nil {
		return err
	}
	seed := awsfake.ExampleSeed
	if *seedFile != "" {
		data, err := os.ReadFile(*seedFile)
		if err != nil {
			return err
		}
		seed = string(data)
	}
	example, err := s.Load(seed)
	if err != nil {
		return err
	}
	example.CAFile = *caFile
	if err := json.NewEncoder(os.Stdout).Encode(example); err != nil {
		return err
	}
	ended := make(chan struct{})
	if !*detached {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(ended)
		}()
	}
	select {
	case <-stop:
	case <-ended:
	}
	return nil
}

func listen(s *awsfake.Server, addr, caFile string, proxy bool) error {
	serve := s.ListenTLS
	if caFile == "" || proxy {
		serve = s.Listen
	}
	if err := serve(addr); err != nil || caFile == "" {
		return err
	}
	return os.WriteFile(caFile, s.CA(), 0o600)
}

func visit() error {
	flags := flag.NewFlagSet("visit", flag.ContinueOnError)
	person := flags.String("person", "", "who signs in (default: the first on the page)")
	deny := flags.Bool("deny", false, "click Deny")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("visit needs one URL")
	}
	shown, err := awsfake.Visit(context.Background(), flags.Arg(0), *person, !*deny)
	fmt.Print(shown)
	return err
}
