package tty

import (
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"
)

// terminal is the process's console.
type terminal struct{ in, out *os.File }

func openTerminal() (terminal, error) {
	if Advice() != "" { // its console is invisible, and a question would wait for ever
		return terminal{}, ErrNoTerminal
	}
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return terminal{}, ErrNoTerminal
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		in.Close()
		return terminal{}, ErrNoTerminal
	}
	return terminal{in, out}, nil
}

// winpty is the advice for such a window.
const winpty = "this window (mintty) gives programs of Windows no console to ask at. Put winpty in front of the command."

// Advice says what to do without a terminal; empty: unknown.
func Advice() string {
	for _, stream := range []uint32{windows.STD_INPUT_HANDLE, windows.STD_ERROR_HANDLE, windows.STD_OUTPUT_HANDLE} {
		if handle, err := windows.GetStdHandle(stream); err == nil && isPty(pipeName(handle)) {
			return winpty
		}
	}
	return ""
}

// pipeName returns the name of a pipe; empty for everything else. FILE_NAME_INFO is a length
// in bytes and the name.
func pipeName(handle windows.Handle) string {
	if kind, err := windows.GetFileType(handle); err != nil || kind != windows.FILE_TYPE_PIPE {
		return ""
	}
	var info struct {
		length uint32
		name   [windows.MAX_PATH]uint16
	}
	if windows.GetFileInformationByHandleEx(handle, windows.FileNameInfo, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))) != nil {
		return ""
	}
	return windows.UTF16ToString(info.name[:min(int(info.length)/2, len(info.name))])
}

func (t terminal) close() error {
	t.out.Close()
	return t.in.Close()
}

func (t terminal) print(text string) { t.out.WriteString(text) }

// line builds the line from key presses: a read of a whole line could not be cancelled when
// ctx ends.
func (t terminal) line(ctx context.Context, prompt string, as echo) (answer string, err error) {
	if ctx.Err() != nil {
		return "", ErrInterrupted
	}
	console := windows.Handle(t.in.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return "", ErrNoTerminal
	}
	// With processed input, Ctrl-C is an event for the process.
	if err := windows.SetConsoleMode(console, windows.ENABLE_PROCESSED_INPUT); err != nil {
		return "", fmt.Errorf("set the mode of the console: %w", err)
	}
	defer func() {
		// Input after a secret, or before an interrupt, is part of the answer. It must not end
		// up in the shell.
		if as != shown || err != nil {
			windows.FlushConsoleInputBuffer(console)
		}
		windows.SetConsoleMode(console, before)
		t.print("\n")
	}()
	t.print(prompt)
	return t.read(ctx, console, as)
}

func (t terminal) read(ctx context.Context, console windows.Handle, as echo) (string, error) {
	ended, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return "", err
	}
	defer windows.CloseHandle(ended)
	finished := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		windows.SetEvent(ended)
		close(finished)
	})
	defer func() {
		if !stop() {
			<-finished // before the event is closed
		}
	}()

	readInput := windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")
	var e editor
	var high uint16 // half of a character that needs two
	for {
		first, err := windows.WaitForMultipleObjects([]windows.Handle{ended, console}, false, windows.INFINITE)
		if err != nil {
			return "", fmt.Errorf("wait for the console: %w", err)
		}
		if first == windows.WAIT_OBJECT_0 {
			return "", ErrInterrupted
		}
		var event keyEvent
		var n uint32
		if ok, _, err := readInput.Call(uintptr(console), uintptr(unsafe.Pointer(&event)), 1, uintptr(unsafe.Pointer(&n))); ok == 0 {
			return "", fmt.Errorf("read from the console: %w", err)
		}
		char := event.character()
		if char == 0 {
			continue
		}
		text := []rune{rune(char)}
		if utf16.IsSurrogate(rune(char)) {
			if high == 0 {
				high = char
				continue
			}
			text, high = utf16.Decode([]uint16{high, char}), 0
		}
		done, err := t.edit(&e, text, as)
		if err != nil {
			return "", err
		}
		if done {
			return string(e.line), nil
		}
	}
}

// edit passes input to the editor, and shows the result.
func (t terminal) edit(e *editor, text []rune, as echo) (done bool, err error) {
	before := string(e.line)
	for _, b := range []byte(string(text)) {
		if done, err = e.key(b); done || err != nil {
			return done, err
		}
	}
	switch as {
	case hidden:
		return false, nil
	case starred:
		t.print(stars(utf8.RuneCountInString(before), utf8.RuneCount(e.line)))
		return false, nil
	}
	if added, ok := strings.CutPrefix(string(e.line), before); ok {
		t.print(added)
	} else {
		gone := utf8.RuneCountInString(before) - utf8.RuneCount(e.line)
		t.print(strings.Repeat("\b \b", gone))
	}
	return false, nil
}

// keyEvent is an INPUT_RECORD with a KEY_EVENT_RECORD. The other kinds are not larger.
type keyEvent struct {
	kind    uint16
	_       uint16
	down    int32
	repeat  uint16
	key     uint16
	scan    uint16
	char    uint16
	control uint32
}

// character returns what a key press has typed. A character composed on the number pad arrives
// when Alt is released.
func (k keyEvent) character() uint16 {
	const alt = 0x12 // VK_MENU
	if k.kind != windows.KEY_EVENT || k.down == 0 && k.key != alt {
		return 0
	}
	return k.char
}
