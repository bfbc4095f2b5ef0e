//go:build !linux

package sealed

import (
	"time"
)

// systemKernel is for systems without keyrings.
type systemKernel struct{}

// directory is an open directory, in which files are opened by name.
type directory int

const anywhere directory = 0

func (systemKernel) Read(string, []byte) (int, error)        { return 0, ErrRefused }
func (systemKernel) Add(string, []byte, time.Duration) error { return ErrRefused }
func (systemKernel) Keep(string, time.Duration) error        { return ErrRefused }
func (systemKernel) Remove(string) error                     { return ErrRefused }
func readFile(directory, string, []byte) ([]byte, error)     { return nil, ErrRefused }
func openDirectory(string) (directory, error)                { return 0, ErrRefused }
func (directory) close()                                     {}
func (directory) names() ([]string, error)                   { return nil, ErrRefused }
func (directory) stamp(string) (fileStamp, error)            { return fileStamp{}, ErrRefused }
func random(int) ([]byte, error)                             { return nil, ErrRefused }
func stamp(string) string                                    { return "" }
func checkWritable(string) error                             { return ErrRefused }
