package cmd

import "awsvault/internal/fault"

// What errors were made of before internal/fault, for code that is being moved.

type usageError struct{ text, hint string }

func (e *usageError) Error() string    { return e.text }
func (e *usageError) Hint() string     { return e.hint }
func (e *usageError) Kind() fault.Kind { return fault.Usage }

type personError struct{ text, hint string }

func (e *personError) Error() string    { return e.text }
func (e *personError) Hint() string     { return e.hint }
func (e *personError) Kind() fault.Kind { return fault.Person }

type hinted struct {
	error
	hint string
}

func (e *hinted) Hint() string  { return e.hint }
func (e *hinted) Unwrap() error { return e.error }

type statusError struct {
	error
	status int
}

func (e *statusError) Unwrap() error    { return e.error }
func (e *statusError) Kind() fault.Kind { return fault.Kind(e.status) }
