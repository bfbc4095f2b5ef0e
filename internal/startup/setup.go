package startup

import (
	"fmt"

	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// Setup adds the line that loads the hook to a start-up file, or removes it.
type Setup struct {
	Shell   string
	Path    string
	Shown   string // the path as a person sees it
	Program string // the name of the program that makes the change, as the person knows it
	// Agree shows a text and asks. If it is nil, the person agrees to everything.
	Agree func(shown, question string) (bool, error)
	Say   func(line string)
	Done  func(line string) // says a line with a mark
}

// Add appends the line to the file, unless the file already loads the hook.
func (s Setup) Add(code string) (added bool, err error) {
	text, err := Read(s.Path)
	if err != nil {
		return false, err
	}
	if at := Lines(s.Shell, text); len(at) > 0 {
		s.Done(fmt.Sprintf("already there: %s:%d", s.Shown, at[0]))
		return false, nil
	}
	if s.Agree != nil {
		yes, err := s.Agree(fmt.Sprintf("%s will add one line to %s:\n    %s\n", s.Program, line.Printable(s.Shown), line.Printable(code)), "Add it?")
		if err != nil {
			return false, err
		}
		if !yes {
			s.Say("    nothing was written; the line is: " + code)
			return false, nil
		}
	}
	if err := Replace(s.Path, text, Add(text, code)); err != nil {
		return false, err
	}
	s.Done(fmt.Sprintf("%s has it now. Undo: vault init %s --undo", s.Shown, s.Shell))
	return true, nil
}

// Undo removes the lines that Add writes. It leaves a line that does more.
func (s Setup) Undo() error {
	text, err := Read(s.Path)
	if err != nil {
		return err
	}
	left, removed, more := Remove(s.Shell, text)
	if more > 0 {
		return fault.Hinted(fmt.Errorf("%s:%d does more than load the hook, so vault leaves it alone", s.Shown, more), "edit it yourself")
	}
	if removed == 0 {
		s.Done("no hook in " + s.Shown)
		return nil
	}
	if s.Agree != nil {
		yes, err := s.Agree("", fmt.Sprintf("Take %s out of %s?", line.Count(removed, "line"), line.Printable(s.Shown)))
		if err != nil || !yes {
			return err
		}
	}
	if err := Replace(s.Path, text, left); err != nil {
		return err
	}
	s.Done(s.Shown + " no longer loads the hook; open shells keep it")
	return nil
}
