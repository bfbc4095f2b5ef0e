// Package theme finds out from a prompt theme's own configuration whether the theme shows
// the active profile. Callers pass in the texts: the package does not know files, the
// environment, or whether a shell uses the theme.
package theme

import "strings"

// Starship reports whether starship shows the profile in AWS_VAULT. Its default format
// contains every module. keys means that access keys are in the environment: without them, the
// module appears only if force_display is set.
func Starship(toml string, keys bool) bool {
	section, formats, disabled, format, forced := "", []string{}, false, "$profile", false
	for name, value := range settings(toml) {
		if name == "" {
			section = value
			continue
		}
		switch strings.TrimPrefix(section+"."+name, ".") {
		case "format", "right_format":
			formats = append(formats, name, value)
		case "aws.disabled":
			disabled = word(value) == "true"
		case "aws.force_display":
			forced = word(value) == "true"
		case "aws.format":
			format = value
		case "aws": // a table in one line
			disabled = disabled || strings.Contains(strings.ReplaceAll(value, " ", ""), "disabled=true")
		}
	}
	shown, whole := false, true // without a format, the default applies, which shows all modules
	for i := 0; i < len(formats); i += 2 {
		whole = whole && formats[i] != "format"
		shown = shown || names(formats[i+1], "$aws") || names(formats[i+1], "$all")
	}
	return (whole || shown) && !disabled && (keys || forced) && names(format, "$profile")
}

// OhMyPosh reports whether the theme, in JSON, YAML or TOML, has a segment of the type
// "aws".
func OhMyPosh(text string) bool {
	for {
		at := strings.Index(text, "type")
		if at < 0 {
			return false
		}
		text = strings.TrimLeft(text[at+len("type"):], `"' `)
		if text == "" || text[0] != ':' && text[0] != '=' {
			continue
		}
		value := strings.TrimLeft(text[1:], " \t")
		quoted := strings.TrimLeft(value, `"'`)
		if rest, ok := strings.CutPrefix(quoted, "aws"); ok && (rest == "" || strings.ContainsRune("\"', \t\r\n}#", rune(rest[0]))) {
			return true
		}
	}
}

// names reports whether a format contains the variable: $aws, but not $awsume.
func names(format, variable string) bool {
	for {
		_, rest, found := strings.Cut(format, variable)
		if !found {
			return false
		}
		if rest == "" || !letter(rest[0]) {
			return true
		}
		format = rest
	}
}

func letter(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// word returns a bare value without its comment.
func word(value string) string {
	value, _, _ = strings.Cut(value, "#")
	return strings.TrimSpace(value)
}

// settings iterates over the sections of a TOML file, each as a value without a name, and over
// their settings. A text of several lines is one value.
func settings(toml string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for toml != "" {
			line := ""
			line, toml, _ = strings.Cut(toml, "\n")
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") && !strings.Contains(line, "=") {
				if !yield("", strings.Trim(word(line), "[] ")) {
					return
				}
				continue
			}
			name, value, ok := strings.Cut(line, "=")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			value = strings.TrimSpace(value)
			for _, quote := range []string{`"""`, `'''`} {
				if strings.HasPrefix(value, quote) && !strings.Contains(value[len(quote):], quote) {
					more := ""
					more, toml, _ = strings.Cut(toml, quote)
					value += "\n" + more
				}
			}
			if !yield(strings.ReplaceAll(strings.TrimSpace(name), `"`, ""), value) {
				return
			}
		}
	}
}
