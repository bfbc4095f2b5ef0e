package tty

import (
	"context"
	"fmt"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// resizeEvent is the kind of a WINDOW_BUFFER_SIZE_RECORD.
const resizeEvent = 4

func (t terminal) draw(ctx context.Context, d Drawing, begin, end string, later []func() func()) (err error) {
	if ctx.Err() != nil {
		return ErrInterrupted
	}
	in, out := windows.Handle(t.in.Fd()), windows.Handle(t.out.Fd())
	var before, beforeOut uint32
	if windows.GetConsoleMode(in, &before) != nil || windows.GetConsoleMode(out, &beforeOut) != nil {
		return ErrNoTerminal
	}
	// It is not closed: something that runs may still want to ring it.
	bell, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		return err
	}
	ring := func() { windows.SetEvent(bell) }
	defer context.AfterFunc(ctx, ring)()

	if err := windows.SetConsoleMode(in, windows.ENABLE_VIRTUAL_TERMINAL_INPUT|windows.ENABLE_WINDOW_INPUT); err != nil {
		return fmt.Errorf("set the mode of the console: %w", err)
	}
	defer windows.SetConsoleMode(in, before)
	if err := windows.SetConsoleMode(out, beforeOut|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return fmt.Errorf("set the mode of the console: %w", err)
	}
	defer windows.SetConsoleMode(out, beforeOut)
	defer t.print(end)
	t.print(begin)
	results := start(later, ring)

	readInput := windows.NewLazySystemDLL("kernel32.dll").NewProc("ReadConsoleInputW")
	var high uint16 // half of a character that takes two
	for stale := true; ; {
		limit := uint32(windows.INFINITE)
		switch {
		case stale:
			limit = 0
		case d.Pending():
			limit = uint32(escapeTime.Milliseconds())
		}
		first, err := windows.WaitForMultipleObjects([]windows.Handle{bell, in}, false, limit)
		switch {
		case err != nil && first != uint32(windows.WAIT_TIMEOUT):
			return fmt.Errorf("wait for the console: %w", err)
		case first == windows.WAIT_OBJECT_0:
			if ctx.Err() != nil {
				return ErrInterrupted
			}
			apply(results)
			stale = true
		case first == windows.WAIT_OBJECT_0+1:
			var event keyEvent
			var n uint32
			if ok, _, err := readInput.Call(uintptr(in), uintptr(unsafe.Pointer(&event)), 1, uintptr(unsafe.Pointer(&n))); ok == 0 {
				return fmt.Errorf("read from the console: %w", err)
			}
			char := event.character()
			if event.kind == resizeEvent {
				stale = true
			}
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
			for _, b := range []byte(string(text)) {
				if d.Typed(b) {
					return nil
				}
			}
			stale = true
		case stale:
			width, height := t.size()
			t.print(d.Frame(width, height))
			stale = false
		case d.Pending():
			if d.Idle() {
				return nil
			}
			stale = true
		}
	}
}

// size is that of the window, not of what can be scrolled back to.
func (t terminal) size() (width, height int) {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(t.out.Fd()), &info) != nil {
		return 80, 24
	}
	return int(info.Window.Right-info.Window.Left) + 1, int(info.Window.Bottom-info.Window.Top) + 1
}
