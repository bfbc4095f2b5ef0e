package cmd

import (
	"reflect"

	"github.com/alecthomas/kong"

	"awsvault/internal/resolve"
)

// durationMapper reads durations as aws-vault does: Go's, and days and weeks.
type durationMapper struct{}

// Decode implements kong.Mapper.
func (durationMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	d, err := resolve.ParseDuration(text)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}
