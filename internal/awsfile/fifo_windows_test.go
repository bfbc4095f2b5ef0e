package awsfile

import "errors"

func mkfifo(string) error { return errors.ErrUnsupported }
