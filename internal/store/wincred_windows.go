package store

import (
	"bytes"
	"errors"
	"fmt"
	"os/user"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system is the Credential Manager of the user who is logged on, through the functions of
// advapi32.dll: https://learn.microsoft.com/windows/win32/api/wincred/
//
// (The library's own calls, github.com/danieljoos/wincred v1.1.2, hide pointers from the
// garbage collector, and crash when it runs at the wrong moment.)
type system struct{}

// credentialW is CREDENTIALW.
type credentialW struct {
	flags      uint32
	kind       uint32
	target     *uint16
	comment    *uint16
	written    windows.Filetime
	size       uint32
	blob       *byte
	persist    uint32
	attributes uint32
	_          unsafe.Pointer
	alias      *uint16
	user       *uint16
}

const (
	generic     = 1 // CRED_TYPE_GENERIC
	thisMachine = 2 // CRED_PERSIST_LOCAL_MACHINE
)

var (
	advapi     = windows.NewLazySystemDLL("advapi32.dll")
	credRead   = advapi.NewProc("CredReadW")
	credWrite  = advapi.NewProc("CredWriteW")
	credDelete = advapi.NewProc("CredDeleteW")
	credList   = advapi.NewProc("CredEnumerateW")
	credFree   = advapi.NewProc("CredFree")
)

// manage calls a function that answers with a BOOL. Pointers are to be converted in
// the call itself: then they are to the heap, and stay (//go:uintptrescapes).
//
//go:uintptrescapes
func manage(proc *windows.LazyProc, args ...uintptr) error {
	if err := proc.Find(); err != nil {
		return err
	}
	done, _, err := proc.Call(args...)
	if done != 0 {
		return nil
	}
	return managerError(err)
}

// managerError translates the errors of the Credential Manager.
func managerError(err error) error {
	switch {
	case errors.Is(err, windows.ERROR_NOT_FOUND):
		return ErrNotFound
	case errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION):
		return unreachable("wincred", "Windows has no Credential Manager for this kind of log-on, such as one over SSH")
	}
	return err
}

func (system) list() ([]string, error) {
	var found **credentialW
	var count uint32
	err := manage(credList, 0, 0, uintptr(unsafe.Pointer(&count)), uintptr(unsafe.Pointer(&found)))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer credFree.Call(uintptr(unsafe.Pointer(found)))
	var targets []string
	for _, credential := range unsafe.Slice(found, count) {
		if credential.kind == generic {
			targets = append(targets, windows.UTF16PtrToString(credential.target))
		}
	}
	return targets, nil
}

func (system) read(target string) (string, []byte, error) {
	var found *credentialW
	if err := manage(credRead, uintptr(unsafe.Pointer(text(target))), generic, 0, uintptr(unsafe.Pointer(&found))); err != nil {
		return "", nil, err
	}
	defer credFree.Call(uintptr(unsafe.Pointer(found)))
	return windows.UTF16PtrToString(found.target), bytes.Clone(unsafe.Slice(found.blob, found.size)), nil
}

// write leaves the comment, the alias and the user empty, as the library does.
func (system) write(target string, data []byte) error {
	credential := &credentialW{
		kind: generic, target: text(target), size: uint32(len(data)), blob: unsafe.SliceData(data), persist: thisMachine,
		comment: new(uint16), alias: new(uint16), user: new(uint16),
	}
	return manage(credWrite, uintptr(unsafe.Pointer(credential)), 0)
}

func (system) remove(target string) error {
	return manage(credDelete, uintptr(unsafe.Pointer(text(target))), generic, 0)
}

func openWinCred(s Settings, lock locker) (keystore, error) {
	c := credentials{system{}, s.Service + ":" + s.Service + ":", lock}
	if _, err := c.manager.list(); errors.Is(err, ErrLocked) {
		return nil, err
	} else if err != nil {
		return nil, unavailable("wincred", err.Error(), "")
	}
	return c, nil
}

func openWinHello(s Settings, lock locker) (keystore, error) {
	me, err := user.Current()
	if err != nil {
		return nil, unavailable("winhello", err.Error(), "")
	}
	key := hello{me.Uid + "//ByteNess/keyring-winhello/keyring-winhello-v1"} // aws-vault 7's
	provider, err := key.provider()
	if err != nil {
		return nil, unavailable("winhello", "Windows Hello is not set up: "+err.Error(), "set up a PIN in the settings of Windows, under sign-in options")
	}
	free(provider)
	return winHello{
		credentials: credentials{system{}, "keyring-winhello:" + s.Service + ":", lock},
		passport:    key,
		service:     s.Service,
		ask:         s.person(),
	}, nil
}

// hello is a named RSA key of Windows Hello, through the functions of ncrypt.dll:
// https://learn.microsoft.com/windows/win32/api/ncrypt/
type hello struct{ name string }

var (
	ncrypt       = windows.NewLazySystemDLL("ncrypt.dll")
	ncryptOpen   = ncrypt.NewProc("NCryptOpenStorageProvider")
	ncryptKey    = ncrypt.NewProc("NCryptOpenKey")
	ncryptCreate = ncrypt.NewProc("NCryptCreatePersistedKey")
	ncryptSet    = ncrypt.NewProc("NCryptSetProperty")
	ncryptFinish = ncrypt.NewProc("NCryptFinalizeKey")
	ncryptSeal   = ncrypt.NewProc("NCryptEncrypt")
	ncryptUnseal = ncrypt.NewProc("NCryptDecrypt")
	ncryptFree   = ncrypt.NewProc("NCryptFreeObject")
	console      = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleWindow")
)

const padPKCS1 = 2 // NCRYPT_PAD_PKCS1_FLAG

// crypt calls a function that answers with a SECURITY_STATUS.
//
//go:uintptrescapes
func crypt(proc *windows.LazyProc, args ...uintptr) error {
	if err := proc.Find(); err != nil {
		return err
	}
	if status, _, _ := proc.Call(args...); status != 0 {
		return syscall.Errno(uint32(status))
	}
	return nil
}

// text converts s for Windows.
func text(s string) *uint16 {
	units, err := windows.UTF16PtrFromString(s)
	if err != nil {
		return new(uint16) // it contains a NUL, which no name does: see checkName
	}
	return units
}

func free(handle uintptr) { crypt(ncryptFree, handle) }

func (h hello) keyName() string { return h.name }

func (h hello) provider() (provider uintptr, err error) {
	err = crypt(ncryptOpen, uintptr(unsafe.Pointer(&provider)), uintptr(unsafe.Pointer(text(envelopeKind.Provider))), 0)
	return provider, err
}

// with opens the key and uses it. It creates a missing key if create is true.
func (h hello) with(create bool, use func(key uintptr) error) error {
	provider, err := h.provider()
	if err != nil {
		return fmt.Errorf("open Windows Hello: %w", err)
	}
	defer free(provider)
	var key uintptr
	err = crypt(ncryptKey, provider, uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(text(h.name))), 0, 0)
	if missingKey(err) && create {
		key, err = h.create(provider)
	}
	if missingKey(err) {
		return errors.New("Windows Hello no longer has the key that encrypts this item") //lint:ignore ST1005 a name
	}
	if err != nil {
		return fmt.Errorf("open the key of Windows Hello: %w", err)
	}
	defer free(key)
	if window, _, _ := console.Call(); window != 0 {
		set(key, "HWND Handle", unsafe.Pointer(&window), int(unsafe.Sizeof(window)))
	}
	return use(key)
}

func missingKey(err error) bool {
	return errors.Is(err, syscall.Errno(windows.NTE_BAD_KEYSET)) || errors.Is(err, syscall.Errno(windows.NTE_NO_KEY)) ||
		errors.Is(err, syscall.Errno(windows.NTE_NOT_FOUND))
}

func (h hello) create(provider uintptr) (key uintptr, err error) {
	err = crypt(ncryptCreate, provider, uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(text("RSA"))), uintptr(unsafe.Pointer(text(h.name))), 0, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(
		setNumber(key, "Length", 2048),
		setNumber(key, "Key Usage", 1|2), // decrypt, sign
		setText(key, "Use Context", "Create keyring winhello key"),
	)
	if setNumber(key, "NgcCacheType", 1) != nil { // ask for each use
		err = errors.Join(err, setNumber(key, "NgcCacheTypeProperty", 1)) // its older name
	}
	if err == nil {
		err = crypt(ncryptFinish, key, 0)
	}
	if err != nil {
		free(key)
	}
	return key, err
}

func set(handle uintptr, property string, value unsafe.Pointer, size int) error {
	return crypt(ncryptSet, handle, uintptr(unsafe.Pointer(text(property))), uintptr(value), uintptr(size), 0)
}

func setNumber(handle uintptr, property string, value uint32) error {
	return set(handle, property, unsafe.Pointer(&value), int(unsafe.Sizeof(value)))
}

func setText(handle uintptr, property, value string) error {
	units, err := windows.UTF16FromString(value)
	if err != nil {
		return err
	}
	return set(handle, property, unsafe.Pointer(&units[0]), 2*len(units))
}

func (h hello) wrap(secret []byte) (wrapped []byte, err error) {
	err = h.with(true, func(key uintptr) error {
		wrapped, err = transform(ncryptSeal, key, secret)
		return err
	})
	return wrapped, err
}

func (h hello) unwrap(wrapped []byte, purpose string) (secret []byte, err error) {
	err = h.with(false, func(key uintptr) error {
		if err := errors.Join(setText(key, "Use Context", purpose), setNumber(key, "PinCacheIsGestureRequired", 1)); err != nil {
			return err
		}
		secret, err = transform(ncryptUnseal, key, wrapped)
		return err
	})
	return secret, err
}

func transform(proc *windows.LazyProc, key uintptr, input []byte) ([]byte, error) {
	if len(input) == 0 {
		return nil, errDamaged
	}
	output := make([]byte, 4096/8) // the largest size of an RSA key
	var size uint32
	err := crypt(proc, key, uintptr(unsafe.Pointer(&input[0])), uintptr(len(input)), 0,
		uintptr(unsafe.Pointer(&output[0])), uintptr(len(output)), uintptr(unsafe.Pointer(&size)), padPKCS1)
	if errors.Is(err, syscall.Errno(0x80090036)) { // NTE_USER_CANCELLED
		return nil, locked("winhello", "it was cancelled")
	}
	if err != nil {
		return nil, err
	}
	return output[:size], nil
}
