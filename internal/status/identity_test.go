package status

import (
	"errors"
	"testing"
	"time"

	"awsvault/internal/say"
	"awsvault/internal/vault"
)

func TestIdentity(t *testing.T) {
	all := Identity{Profile: "dev", ARN: "arn:aws:iam::111122223333:user/jon", Account: "111122223333", Region: "eu-west-1", Token: "t", Expires: noon.Add(time.Hour)}
	const text = `Profile   dev
Identity  arn:aws:iam::111122223333:user/jon   (AWS says so)
Account   111122223333
Region    eu-west-1
Expires   13:00 (1h left)
`
	if got := all.Text(noon); got != text {
		t.Errorf("got\n%s", got)
	}
	few := Identity{ARN: "arn:aws:iam::111122223333:user/jon", Account: "111122223333"}
	const less = `Identity  arn:aws:iam::111122223333:user/jon   (AWS says so)
Account   111122223333
Region    no region
Expires   does not expire
`
	if got := few.Text(noon); got != less {
		t.Errorf("got\n%s", got)
	}
	for want, id := range map[string]Identity{
		`{"schema":1,"profile":"dev","arn":"arn:aws:iam::111122223333:user/jon","account":"111122223333","region":"eu-west-1","expires":"` + noon.Add(time.Hour).UTC().Format(time.RFC3339) + `"}` + "\n": all,
		`{"schema":1,"profile":null,"arn":"arn:aws:iam::111122223333:user/jon","account":"111122223333","region":null,"expires":null}` + "\n":                                                             few,
	} {
		if got, err := say.JSON(id.Document()); err != nil || got != want {
			t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
		}
	}
}

func TestOverview(t *testing.T) {
	o := Overview{Keystore: "file", Keys: 1, Profiles: 2, Config: "~/.aws/config", Next: []vault.Step{{Command: "vault use"}, {Command: "vault add", Note: "a key"}}, Hooked: true}
	const text = `Keystore  file: 1 key
Profiles  2 in ~/.aws/config
Active    none
Next      vault use
          vault add   (a key)
More      vault --help
`
	if got := o.Text(); got != text {
		t.Errorf("got\n%s", got)
	}
	o.Trouble, o.Profiles, o.Hooked, o.Next = errors.New("the bus does not answer"), 0, false, nil
	const trouble = `Keystore  the bus does not answer
Profiles  none in ~/.aws/config
Active    none
Hook      not loaded in this shell
More      vault --help
`
	if got := o.Text(); got != trouble {
		t.Errorf("got\n%s", got)
	}
}
