package vault

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"awsvault/internal/aws"
	"awsvault/internal/fault"
	"awsvault/internal/line"
)

// CSVKeys returns the keys in a CSV file of the AWS console. shown is the file's name in
// messages. With a profile, the file must contain one key, which is for that profile;
// otherwise each row must name its user.
func (s *Session) CSVKeys(text []byte, shown, profile string) ([]*Candidate, error) {
	config, err := s.world.Config()
	if err != nil {
		return nil, err
	}
	keys, err := parseCSV(text, shown)
	if err != nil {
		return nil, err
	}
	if profile != "" {
		if len(keys) > 1 {
			return nil, fault.NewUsage(fmt.Sprintf("--profile is for one key, and %s has %d", shown, len(keys)), "leave it out, and each key is stored under the name of its user")
		}
		keys[0].Profile = profile
	}
	for _, k := range keys {
		if k.Profile == "" {
			return nil, fault.NewUsage(k.At+" has no user name", "vault import csv "+line.Word(shown)+" --profile NAME")
		}
		k.Leave = malformed(k)
		if config.Has(k.Profile) {
			if p, err := config.Profile(k.Profile); err == nil && hasOtherSource(p, k.Profile) {
				k.Leave = hiding
			}
		}
	}
	return keys, nil
}

// parseCSV reads the console's files. Over the years these were accessKeys.csv ("Access key
// ID,Secret access key"), rootkey.csv, and credentials.csv ("User name,Password,Access key
// ID,Secret access key,Console login link"). Capitals differ, and some files begin with a byte
// order mark.
func parseCSV(text []byte, shown string) ([]*Candidate, error) {
	if bytes.IndexByte(text[:min(len(text), 4)], 0) >= 0 { // UTF-16: one byte of each letter is zero
		return nil, fault.New(shown+": the text is UTF-16", "save it as UTF-8; in PowerShell: (Get-Content FILE) | Set-Content -Encoding ascii FILE")
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fault.New(shown+" is not a CSV file", "the file that AWS's console offers with a new key has a line of names and one for each key") // err is not shown: it could quote a secret
	}
	user, id, secret := -1, -1, -1
	for i, name := range rows[0] {
		switch strings.ToLower(strings.Join(strings.Fields(name), " ")) {
		case "user name", "username":
			user = i
		case "access key id", "accesskeyid", "aws_access_key_id":
			id = i
		case "secret access key", "secretaccesskey", "aws_secret_access_key":
			secret = i
		}
	}
	if id < 0 || secret < 0 {
		return nil, fault.New(fmt.Sprintf("%s has no columns %q and %q", shown, "Access key ID", "Secret access key"), "use the file that the AWS console offers when you create a key")
	}
	var keys []*Candidate
	for n, row := range rows[1:] {
		field := func(i int) string {
			if i < 0 || i >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[i])
		}
		if field(id) == "" && field(secret) == "" {
			continue // a user without a key
		}
		keys = append(keys, &Candidate{
			Profile: field(user), At: fmt.Sprintf("%s row %d", shown, n+2),
			Key: aws.Credentials{AccessKeyID: field(id), SecretAccessKey: field(secret)},
		})
	}
	if len(keys) == 0 {
		return nil, fault.New(shown+" has no keys in it", "the console shows a key once: make a new one there")
	}
	return keys, nil
}
