package vault

import (
	"fmt"
	"strings"

	"awsvault/internal/line"
)

// ProcessEdit adds credential_process to the sections of profiles, or removes it.
type ProcessEdit struct {
	Program string // the name by which the person calls this program
	Undo    bool
	// Print prints the lines instead of changing the file; nil: change the file.
	Print func(text string) error
	// Agree shows a text and asks the person; nil: they have agreed.
	Agree func(shown, question string) (bool, error)
	Path  func() (string, error) // returns the path of the config file
	Tilde func(path string) string
	// Update replaces the text of a file with the result of change.
	Update func(path string, change func([]byte) ([]byte, error)) error
	Done   func(text string) // says what was done
}

// Run reports whether it has changed the file.
func (e ProcessEdit) Run(lines []ProcessLine) (bool, error) {
	if e.Print != nil {
		for _, l := range lines {
			text, err := l.text()
			if err == nil {
				err = e.Print(text)
			}
			if err != nil {
				return false, err
			}
		}
		return false, nil
	}
	path, err := e.Path()
	if err != nil {
		return false, err
	}
	if e.Agree != nil {
		yes, err := e.Agree(e.shown(lines, e.Tilde(path)), "Write it?")
		if err != nil || !yes {
			return false, err
		}
	}
	edit := setProcessLines
	if e.Undo {
		edit = removeProcessLines
	}
	if err := e.Update(path, func(text []byte) ([]byte, error) { return edit(text, lines) }); err != nil {
		return false, fmt.Errorf("write %s: %w", e.Tilde(path), err)
	}
	e.Done("wrote " + e.Tilde(path) + e.then(lines))
	return true, nil
}

// shown describes the change that the person agrees to.
func (e ProcessEdit) shown(lines []ProcessLine, file string) string {
	file = line.Printable(file)
	if e.Undo {
		var kept, gone []string
		for _, l := range lines {
			if l.Drop {
				gone = append(gone, l.Profile)
			} else {
				kept = append(kept, l.Profile)
			}
		}
		text := ""
		if len(kept) > 0 {
			text = fmt.Sprintf("%s will take credential_process of %s out of %s\n", e.Program, line.Printable(strings.Join(kept, ", ")), file)
		}
		if len(gone) > 0 {
			text += fmt.Sprintf("%s will remove from %s: [profile %s]\n", e.Program, file, line.Printable(strings.Join(gone, "], [profile ")))
		}
		return text
	}
	text := fmt.Sprintf("%s will change %s:\n", e.Program, file)
	for _, l := range lines {
		if l.Instead != "" {
			text += "    " + line.Printable(fmt.Sprintf("AWS tools use the %s of %s first: a new profile gets the line", l.Instead, l.Of)) + "\n"
		}
		text += fmt.Sprintf("    [%s]  credential_process = %s\n", line.Printable(l.Profile), line.Printable(l.Command))
	}
	return text
}

// then says how AWS tools use what was written beside a profile.
func (e ProcessEdit) then(lines []ProcessLine) string {
	for _, l := range lines {
		if l.Instead != "" && !e.Undo {
			return "; AWS tools use it by: aws --profile " + line.Word(l.Profile)
		}
	}
	return ""
}
