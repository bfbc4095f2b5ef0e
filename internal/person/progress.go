package person

import (
	"fmt"
	"io"
)

// Progress shows on a terminal how far something is, on one line, which is gone at the end.
func Progress(w io.Writer, what string) func(done, all int) {
	return func(done, all int) {
		end := "\r"
		if done == all {
			end = "\r\x1b[K"
		}
		fmt.Fprintf(w, "\r%d of %d %s%s", done, all, what, end)
	}
}
