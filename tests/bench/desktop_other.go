//go:build !linux

package main

func (s *stage) desktops() error {
	s.note("Not measured here: keystores of Linux's desktops.")
	return nil
}
