package store

import (
	"errors"
	"fmt"
	"os/user"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/danieljoos/wincred"
	"golang.org/x/sys/windows"
)

// system is the Credential Manager of the user who is logged on.
type system struct{}

func (system) list() ([]string, error) {
	found, err := wincred.List()
	if errors.Is(err, windows.ERROR_NOT_FOUND) {
		return nil, nil
	}
	var targets []string
	for _, credential := range found {
		targets = append(targets, credential.TargetName)
	}
	return targets, err
}

func (system) read(target string) (string, []byte, error) {
	credential, err := wincred.GetGenericCredential(target)
	if err != nil {
		return "", nil, managerError(err)
	}
	return credential.TargetName, credential.CredentialBlob, nil
}

func (system) write(target string, data []byte) error {
	credential := wincred.NewGenericCredential(target)
	credential.CredentialBlob = data
	return managerError(credential.Write())
}

func (system) remove(target string) error {
	credential, err := wincred.GetGenericCredential(target)
	if err != nil {
		return managerError(err)
	}
	return managerError(credential.Delete())
}

func managerError(err error) error {
	switch {
	case errors.Is(err, windows.ERROR_NOT_FOUND):
		return ErrNotFound
	case errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION):
		return &LockedError{"wincred", "Windows has no credentials for this kind of log-on, such as one over the network"}
	}
	return err
}

func openWinCred(s Settings, lock locker) (keystore, error) {
	c := credentials{system{}, s.Service + ":" + s.Service + ":", lock}
	if _, err := c.manager.list(); err != nil {
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

// hello is the RSA key of that name of Windows Hello, by the functions of
// ncrypt.dll: https://learn.microsoft.com/windows/win32/api/ncrypt/
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

// invoke calls a function with pointers, numbers, and texts. What the pointers point
// to is on the heap, since an interface holds them, and stays until the end.
func invoke(proc *windows.LazyProc, args ...any) error {
	if err := proc.Find(); err != nil {
		return err
	}
	words := make([]uintptr, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case int:
			words[i] = uintptr(arg)
		case uintptr:
			words[i] = arg
		case unsafe.Pointer:
			words[i] = uintptr(arg)
		case string:
			units, err := windows.UTF16PtrFromString(arg)
			if err != nil {
				return err
			}
			args[i], words[i] = units, uintptr(unsafe.Pointer(units))
		}
	}
	status, _, _ := proc.Call(words...)
	runtime.KeepAlive(args)
	if status != 0 {
		return syscall.Errno(uint32(status))
	}
	return nil
}

func free(handle uintptr) { invoke(ncryptFree, handle) }

func (h hello) keyName() string { return h.name }

func (h hello) provider() (provider uintptr, err error) {
	err = invoke(ncryptOpen, unsafe.Pointer(&provider), envelopeKind.Provider, 0)
	return provider, err
}

// with opens the key, creating it where it is missing and may be, and uses it.
func (h hello) with(create bool, use func(key uintptr) error) error {
	provider, err := h.provider()
	if err != nil {
		return fmt.Errorf("open Windows Hello: %w", err)
	}
	defer free(provider)
	var key uintptr
	err = invoke(ncryptKey, provider, unsafe.Pointer(&key), h.name, 0, 0)
	if missingKey(err) && create {
		key, err = h.create(provider)
	}
	if missingKey(err) {
		return errors.New("Windows Hello has no longer the key with which the item was stored") //lint:ignore ST1005 a name
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
	err = invoke(ncryptCreate, provider, unsafe.Pointer(&key), "RSA", h.name, 0, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(
		setNumber(key, "Length", 2048),
		setNumber(key, "Key Usage", 1|2), // decrypt, sign
		setText(key, "Use Context", "Create keyring winhello key"),
	)
	if setNumber(key, "NgcCacheType", 1) != nil { // each use is to be allowed
		err = errors.Join(err, setNumber(key, "NgcCacheTypeProperty", 1)) // its older name
	}
	if err == nil {
		err = invoke(ncryptFinish, key, 0)
	}
	if err != nil {
		free(key)
	}
	return key, err
}

func set(handle uintptr, property string, value unsafe.Pointer, size int) error {
	return invoke(ncryptSet, handle, property, value, size, 0)
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
	output := make([]byte, 4096/8) // an RSA key's size at most
	var size uint32
	err := invoke(proc, key, unsafe.Pointer(&input[0]), len(input), 0,
		unsafe.Pointer(&output[0]), len(output), unsafe.Pointer(&size), padPKCS1)
	if errors.Is(err, syscall.Errno(0x80090036)) { // NTE_USER_CANCELLED
		return nil, &LockedError{"winhello", "it was called off"}
	}
	if err != nil {
		return nil, err
	}
	return output[:size], nil
}
