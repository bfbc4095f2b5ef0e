package instant

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is far above any real file.
const maxFile = 64 << 20

// profiles are those in the AWS files whose names fit: of the config file in its
// order, then of the credentials file only. What is wrong in them is for others to
// say. (Package awsconf reads them in full; what it needs would be initialised
// first.)
func profiles(getenv func(string) string, fits func(name string) bool) []candidate {
	list := scan(read(awsFile("AWS_CONFIG_FILE", "config", getenv)), true, fits)
	more := scan(read(awsFile("AWS_SHARED_CREDENTIALS_FILE", "credentials", getenv)), false, fits)
	if len(more) == 0 {
		return list
	}
	seen := make(map[string]bool, len(list))
	for _, c := range list {
		seen[c.value] = true
	}
	return append(list, slices.DeleteFunc(more, func(c candidate) bool { return seen[c.value] })...)
}

// read is the text of a file, empty if it cannot be had, without a second copy.
func read(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var text strings.Builder
	text.Grow(int(info.Size()) + 1)
	io.CopyBuffer(&text, struct{ io.Reader }{f}, make([]byte, 64<<10))
	return text.String()
}

// awsFile finds an AWS file as the AWS CLI does.
func awsFile(variable, name string, getenv func(string) string) string {
	home := getenv("HOME")
	if home == "" {
		home = getenv("USERPROFILE")
	}
	v := getenv(variable)
	if v == "" {
		return filepath.Join(home, ".aws", name)
	}
	v = os.Expand(v, func(n string) string {
		if val := getenv(n); val != "" {
			return val
		}
		return "$" + n
	})
	if rest, ok := strings.CutPrefix(v, "~"+string(filepath.Separator)); ok {
		return filepath.Join(home, rest)
	}
	return v
}

// scan finds the profiles of one file. It looks at headers only, which stand at the
// beginning of a line.
func scan(text string, config bool, fits func(name string) bool) (list []candidate) {
	list = make([]candidate, 0, strings.Count(text, "[")+1)
	start := 0
	if !strings.HasPrefix(text, "[") {
		start = nextHeader(text, 0)
	}
	for start < len(text) {
		line, rest, _ := strings.Cut(text[start:], "\n")
		end := nextHeader(text, start)
		if name, ok := header(line, config); ok && fits(name) {
			list = append(list, candidate{value: name, section: rest[:max(end-start-len(line)-1, 0)]})
		}
		start = end
	}
	return list
}

// nextHeader is where the first line after i begins that starts with [.
func nextHeader(text string, i int) int {
	if n := strings.Index(text[i:], "\n["); n >= 0 {
		return i + n + 1
	}
	return len(text)
}

// about is the account and role that a section names.
func about(section string) string {
	account, role := "", ""
	for line := range strings.Lines(section) {
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "role_arn":
			if arn := strings.SplitN(value, ":", 6); len(arn) == 6 {
				account, role = arn[4], strings.TrimPrefix(arn[5], "role/")
			}
		case "sso_account_id":
			if account == "" {
				account = value
			}
		case "sso_role_name":
			if role == "" {
				role = value
			}
		}
	}
	if account == "" {
		return ""
	}
	return strings.TrimSpace(account + " " + role)
}

// header is the profile's name in [profile NAME], ["..."] and so on.
func header(line string, config bool) (string, bool) {
	end := strings.IndexByte(line, ']')
	if end < 0 {
		return "", false
	}
	name := strings.TrimSpace(line[1:end])
	if config && name != "default" {
		rest, ok := strings.CutPrefix(name, "profile")
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '\t' {
			return "", false
		}
		name = strings.TrimSpace(rest)
	}
	if n := len(name); n >= 2 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		name = name[1 : n-1]
	}
	return name, name != ""
}
