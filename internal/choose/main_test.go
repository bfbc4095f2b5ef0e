package choose

import (
	"os"
	"testing"

	"awsvault/tests/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Main(m)) }
