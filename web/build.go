package web

import (
	"runtime"
	"runtime/debug"

	"github.com/skald-go/skald/web/api"
)

// Release is the version of this build. Releases set it when linking (-ldflags "-X …/web.Release=v1.2.3").
var Release = ""

// protocol is the version of the messages (docs/protocol.md).
const protocol = 1

// Build names this build.
func Build() api.Version {
	v := api.Version{Version: Release, Go: runtime.Version(), Protocol: protocol}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			v.Revision = setting.Value
		}
	}
	return v
}
