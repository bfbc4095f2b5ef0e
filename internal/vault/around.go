package vault

import (
	"awsvault/internal/awsconf"
	"awsvault/internal/env"
)

// Around are AWS files with one profile: that of the credentials which the environment
// has, keys or else the way to a server.
func Around(name string, environ env.Vars) (*awsconf.Config, error) {
	from := "Environment"
	if environ["AWS_ACCESS_KEY_ID"] == "" && environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != "" {
		from = "EcsContainer"
	}
	f, err := awsconf.Parse(name, awsconf.ConfigFile, "[profile "+name+"]\ncredential_source = "+from+"\n")
	if err != nil {
		return nil, err
	}
	return awsconf.Merge(f, nil), nil
}
