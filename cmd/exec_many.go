package cmd

import (
	"awsvault/cmd/front"
	"awsvault/internal/env"
	"awsvault/internal/many"
	"awsvault/internal/process"
)

// many runs the command once for each profile.
func (c *ExecCmd) many(a *App) error {
	run := many.Run{
		Flags: c.Flags, Session: a.session(), Person: a.person(c.Stdout), Want: c.wanted(), Config: a.Config,
		Say: a.Say, Report: func(err error) { a.Report(err) },
		Program: func() (func(env.Target) (process.Program, error), error) {
			program, err := a.Program(c.Command)
			return func(t env.Target) (process.Program, error) {
				environ, err := a.EnvironFor(program, t)
				return process.Program{Args: append([]string{program.Path}, program.Argv[1:]...), Environ: environ}, err
			}, err
		},
	}
	run.Stored, _ = a.storedNames()
	run.Streams(a.Stdout, a.Stderr, a.Ink, front.IsTerminal)
	return run.All(a.ctx)
}
