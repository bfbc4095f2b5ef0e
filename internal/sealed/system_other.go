//go:build !linux

package sealed

import (
	"time"
)

// systemKernel is that of a system without keyrings.
type systemKernel struct{}

func (systemKernel) Read(string, []byte) (int, error)        { return 0, ErrRefused }
func (systemKernel) Add(string, []byte, time.Duration) error { return ErrRefused }
func (systemKernel) Keep(string, time.Duration) error        { return ErrRefused }
func (systemKernel) Remove(string) error                     { return ErrRefused }
func readFile(string, []byte) ([]byte, error)                { return nil, ErrRefused }
func random(int) ([]byte, error)                             { return nil, ErrRefused }
func stamp(string) string                                    { return "" }
func checkWritable(string) error                             { return ErrRefused }
