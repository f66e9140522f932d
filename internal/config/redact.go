package config

import (
	"net/url"
	"strings"
)

// Hidden stands where a secret was.
const Hidden = "xxxxx"

// Redact is a URL without its secrets: the password of its user, and parameters whose name speaks of one. A text that
// is no URL is shown only as far as its scheme, since there is no telling what else it holds.
func Redact(text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil {
		scheme, _, found := strings.Cut(text, ":")
		if found {
			return scheme + ":" + Hidden
		}
		return Hidden
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), Hidden)
	}
	if u.RawQuery != "" {
		u.RawQuery = redactQuery(u.RawQuery)
	}
	return u.String()
}

func redactQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		for _, word := range [...]string{"pass", "secret", "token", "key"} {
			if strings.Contains(strings.ToLower(name), word) {
				parts[i] = name + "=" + Hidden
			}
		}
	}
	return strings.Join(parts, "&")
}
